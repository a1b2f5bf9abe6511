"""Payments' database as facts, all of one moment: one read-only transaction, one snapshot.

The simulator keeps its books in tables beside them, in transactions of its own. With a provider
elsewhere there are none, and what it took is known from our books alone.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, text

from functions.audit.facts import Attempt, Books, Charge, PaidBack, Payment, Provider, Refund

_PAYMENTS: Final = (
    "SELECT payment_id, order_id, event_id, verdict, amount_cents, captured_attempt,"
    " captured_cents, refund_claimed_cents, refunded_cents FROM payments"
)
_ATTEMPTS: Final = "SELECT attempt_key, payment_id, provider, outcome FROM attempts"
_REFUNDS: Final = "SELECT refund_id, payment_id, attempt_key, amount_cents, status FROM refunds"
_CHARGES: Final = (
    "SELECT key, outcome, coalesce(amount_cents, 0), refunded_cents FROM simulator_charges"
)
_PAID_BACK: Final = "SELECT key, charge_key, amount_cents FROM simulator_refunds"


def read_books(engine: Engine) -> Books:
    """All of it."""
    with _snapshot(engine) as connection:
        return Books(
            payments=_payments(connection.execute(text(_PAYMENTS))),
            attempts={row[0]: Attempt(*row) for row in connection.execute(text(_ATTEMPTS))},
            refunds={row[0]: Refund(*row) for row in connection.execute(text(_REFUNDS))},
            untold=_untold(connection),
            provider=_provider(connection),
        )


def read_books_of(engine: Engine, orders: Collection[str], keys: Collection[str]) -> Books:
    """What is about these orders, and the provider's charges and refunds under these keys."""
    with _snapshot(engine) as connection:
        payments = _payments(_among(connection, _PAYMENTS, {"order_id": orders}))
        mine = {"payment_id": payments.keys()}
        attempts = {row[0]: Attempt(*row) for row in _among(connection, _ATTEMPTS, mine)}
        refunds = {row[0]: Refund(*row) for row in _among(connection, _REFUNDS, mine)}
        return Books(
            payments=payments,
            attempts=attempts,
            refunds=refunds,
            untold=_untold(connection),
            provider=_provider(connection, {*keys, *attempts, *refunds}),
        )


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        # Asked for here too, so that whoever's engine this is, nothing can be written through it.
        yield connection.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )


def _among(
    connection: Connection, query: str, wanted: Mapping[str, Iterable[str]]
) -> Iterable[Any]:
    """The rows of a query of which one of these columns has one of its values."""
    condition = " OR ".join(f"{column} = ANY(:{column})" for column in wanted)
    values = {column: list(keys) for column, keys in wanted.items()}
    return connection.execute(text(f"{query} WHERE {condition}"), values)


def _payments(rows: Iterable[Any]) -> dict[str, Payment]:
    return {row[0]: Payment(*row) for row in rows}


def _untold(connection: Connection) -> int:
    return int(connection.execute(text("SELECT count(*) FROM outbox")).scalar_one())


def _provider(connection: Connection, keys: Collection[str] | None = None) -> Provider | None:
    """The simulator's own books, all or what these keys are in; None where there are none."""
    if not connection.execute(text("SELECT to_regclass('simulator_charges')")).scalar_one():
        return None
    charges: Iterable[Any]
    paid_back: Iterable[Any]
    if keys is None:
        charges = connection.execute(text(_CHARGES))
        paid_back = connection.execute(text(_PAID_BACK))
    else:
        charges = _among(connection, _CHARGES, {"key": keys})
        paid_back = _among(connection, _PAID_BACK, {"key": keys, "charge_key": keys})
    return Provider(
        {row[0]: Charge(*row) for row in charges}, {row[0]: PaidBack(*row) for row in paid_back}
    )
