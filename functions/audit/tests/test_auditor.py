"""The audit's user of Postgres reads what the audit reads; nothing it tries changes anything."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from functions.audit.books import read_books
from functions.audit.tests.house import House
from functions.payments.providers.simulator_statement import SimulatorStatement
from functions.payments.reconciling import compare

WRITES = [
    "INSERT INTO outbox (kind, payload, attempts, due_at) VALUES ('event', '{}', 0, now())",
    "UPDATE payments SET captured_cents = 0",
    "DELETE FROM simulator_refunds",
    "TRUNCATE attempts",
    "CREATE TABLE more (id int)",
]


def refusal(engine: Engine, *statements: str) -> str:
    """How the last of these is refused."""
    *before, last = map(text, statements)
    with engine.begin() as connection:
        for statement in before:
            connection.execute(statement)
        with pytest.raises(DBAPIError) as refused:
            connection.execute(last)
        connection.rollback()
    return str(refused.value.orig)


def test_the_auditor_reads_what_the_owner_reads(
    house: House, engine: Engine, auditor: Engine
) -> None:
    house.refund(house.book(1))
    books = read_books(engine)
    assert books.refunds
    assert read_books(auditor) == books


def test_the_auditor_may_reconcile(house: House, auditor: Engine) -> None:
    house.refund(house.book(1))
    now = datetime.now(UTC)
    compared = compare(auditor, SimulatorStatement(auditor), None, now, timedelta(0))
    assert (compared.charges, compared.refunds, compared.differences) == (1, 1, [])


@pytest.mark.parametrize("write", WRITES)
def test_the_auditor_writes_nothing(auditor: Engine, engine: Engine, write: str) -> None:
    assert "read-only transaction" in refusal(auditor, write)


@pytest.mark.parametrize("write", WRITES)
def test_the_auditor_has_no_right_to_write_either(
    auditor: Engine, engine: Engine, write: str
) -> None:
    """A user may ask for a transaction that writes; then it is rights that refuse."""
    assert "permission denied" in refusal(auditor, "SET TRANSACTION READ WRITE", write)


def test_the_auditor_does_not_read_what_customers_were_answered(
    auditor: Engine, engine: Engine
) -> None:
    assert "permission denied" in refusal(auditor, "SELECT * FROM kept_answers")


def test_reading_writes_nothing_whoever_reads(engine: Engine) -> None:
    """The audit asks for a read-only snapshot itself."""
    from functions.audit.books import _snapshot

    with _snapshot(engine) as connection, pytest.raises(DBAPIError, match="read-only"):
        connection.execute(text(WRITES[0]))
