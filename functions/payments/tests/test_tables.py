"""The tables that the migrations make are the ones the code knows, and refuse what must not be."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from functions.payments.cashier import Cashier
from functions.payments.domain import payment_id_of
from functions.payments.providers import breaker, simulator
from functions.payments.providers.stripe import kept_intents
from functions.payments.store import tables
from functions.payments.tests.desk import announce, pay
from functions.shared.problems import PaymentDeclined


def test_the_migrated_tables_are_the_ones_the_code_knows(engine: Engine) -> None:
    # What only the database enforces, the code need not know.
    only_there = {
        "remove_index",
        "remove_constraint",
        "remove_fk",
        "remove_column",
        "modify_default",
    }
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        both = [tables.metadata, simulator.metadata, kept_intents.metadata, breaker.metadata]
        differences = compare_metadata(context, both)  # type: ignore[arg-type]
    assert [each for each in differences if each[0] not in only_there] == []


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("UPDATE payments SET verdict = 'MAYBE'", "payments_verdict_is_known"),
        (
            "UPDATE payments SET user_id = NULL",
            "payments_only_a_voided_one_is_unannounced",
        ),
        (
            "UPDATE payments SET refunded_cents = 1",
            "payments_refunds_never_exceed_the_capture",
        ),
        (
            "UPDATE payments SET refund_claimed_cents = 4201",
            "payments_refunds_never_exceed_the_capture",
        ),
        ("UPDATE attempts SET number = 6", "attempts_at_most_five"),
        ("UPDATE attempts SET outcome = 'PERHAPS'", "attempts_outcome_is_known"),
        ("{another_attempt}, 2, 'key-1', {rest}", "attempts_asked_once"),
        ("{another_attempt}, 1, 'key-2', {rest}", "attempts_number"),
    ],
)
def test_the_database_itself_refuses(
    cashier: Cashier, order_id: str, change: str, constraint: str
) -> None:
    announce(cashier, order_id)
    with pytest.raises(PaymentDeclined):
        pay(cashier, order_id, simulator.DECLINED)
    with cashier.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE attempts SET asked_as = 'key-1'")
    statement = change.format(
        another_attempt="INSERT INTO attempts (attempt_key, payment_id, number, asked_as, provider,"
        f" token, outcome, started_at) VALUES ('another', '{payment_id_of(order_id)}'",
        rest="'simulator', 'tok_ok', 'DECLINED', now())",
    )
    with pytest.raises(DBAPIError, match=constraint), cashier.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_two_unresolved_attempts_of_one_payment_cannot_be(cashier: Cashier, order_id: str) -> None:
    announce(cashier, order_id)
    for key in ("key-1", "key-2"):
        with pytest.raises(PaymentDeclined):
            pay(cashier, order_id, simulator.DECLINED, key)
    again = "UPDATE attempts SET outcome = 'UNKNOWN'"
    with (
        pytest.raises(DBAPIError, match="attempts_one_unresolved"),
        cashier.engine.begin() as connection,
    ):
        connection.exec_driver_sql(again)
