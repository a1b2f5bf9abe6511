"""A day at the cashier's, in short words: what is due, who pays, and what the books say after."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from functions.payments import commands
from functions.payments.cashier import Cashier
from functions.payments.domain import Due, Payment, Verdict, payment_id_of
from functions.payments.providers import simulator
from functions.payments.refunding import give_back
from functions.payments.store import payments
from functions.shared.postgres import transaction

NOW = datetime(2026, 5, 1, 20, 0, tzinfo=UTC)
WINDOW = timedelta(minutes=15)
CUSTOMER, ORGANIZER = 7, 3
AMOUNT = 4_200
TOKEN = "task-token"


def due(order_id: str, **changed: Any) -> Due:
    asked: dict[str, Any] = {
        "order_id": order_id,
        "user_id": CUSTOMER,
        "event_id": 11,
        "organizer_id": ORGANIZER,
        "amount_cents": AMOUNT,
        "currency": "INR",
        "expires_at": NOW + WINDOW,
        "task_token": TOKEN,
    }
    return Due(**asked | changed)


def announce(
    cashier: Cashier,
    order_id: str,
    method: str | None = None,
    token: str = simulator.OK,
    now: datetime = NOW,
    **changed: Any,
) -> Payment:
    """What the booking's CollectPayment does."""
    return commands.collect(cashier, due(order_id, **changed), method, token, now)


def pay(
    cashier: Cashier,
    order_id: str,
    token: str = simulator.OK,
    key: str = "key-1",
    now: datetime = NOW,
    **changed: Any,
) -> tuple[Payment, bool]:
    """What POST /v1/charge does once the payment is announced."""
    wish: dict[str, Any] = {
        "order_id": order_id,
        "user_id": CUSTOMER,
        "amount_cents": AMOUNT,
        "currency": None,
        "token": token,
        "key": key,
    }
    return commands.charge(
        cashier, payment_of(cashier, order_id), commands.Charge(**wish | changed), now
    )


def sell(cashier: Cashier, order_id: str, cents: int, now: datetime = NOW, **due: Any) -> str:
    """A paid order, of which only the price matters; the id of its payment."""
    changed = {"amount_cents": cents, "expires_at": now + WINDOW, **due}
    return announce(cashier, order_id, "card", now=now, **changed).payment_id


def give(cashier: Cashier, payment_id: str, cents: int | None, now: datetime) -> None:
    """A refund of its own of so much, or of the rest."""
    give_back(cashier, payment_id, f"{payment_id}-{now:%d%H%M%S}", None, now, cents)


def settle(cashier: Cashier, order_id: str, now: datetime = NOW) -> Verdict:
    return commands.settle(cashier, order_id, "payment-timed-out", now)


def payment_of(cashier: Cashier, order_id: str) -> Payment:
    with transaction(cashier.engine) as connection:
        return payments.get(connection, payment_id_of(order_id))


def rows(cashier: Cashier, query: str) -> list[Any]:
    """The answer to a query of the test's own: the independent look into the books."""
    with transaction(cashier.engine) as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def outcomes(cashier: Cashier) -> list[str]:
    """Of every attempt, in the order they were made."""
    return [outcome for (outcome,) in rows(cashier, "SELECT outcome FROM attempts ORDER BY number")]


def money_at_the_provider(cashier: Cashier) -> int:
    """What the provider has taken and not given back, in cents, by the provider's own books."""
    query = (
        "SELECT coalesce(sum(amount_cents - refunded_cents), 0)"
        " FROM simulator_charges WHERE outcome = 'CAPTURED'"
    )
    return int(rows(cashier, query)[0][0])
