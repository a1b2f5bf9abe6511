"""What was sold and what was paid for it, read where it is kept."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from embedded.stack import RunningStack
from sqlalchemy import Engine, func, select, text

from e2e.client import Client, ok
from functions.audit.invariants import violations
from functions.audit.looking import PAUSE_SECONDS, audit
from functions.audit.reading import Stores
from functions.audit.violation import Violation
from functions.payments.providers import simulator
from functions.payments.store import tables


@dataclass(frozen=True)
class Paid:
    """One order's payment: what our books say, and what the provider took and kept.

    `charges` are those that the provider captured, `attempts` all that we made.
    """

    verdict: str
    captured_cents: int
    refunded_cents: int
    attempts: int
    charges: int
    taken_cents: int


def payments_engine(stack: RunningStack) -> Engine:
    return stack.databases["payments"].engine()


def paid_for(engine: Engine, event_id: int) -> dict[str, Paid]:
    """Every payment of an event, by its order."""
    payments, attempts, charges = tables.payments, tables.attempts, simulator.charges
    is_captured = charges.c.outcome == "CAPTURED"
    kept_cents = charges.c.amount_cents - charges.c.refunded_cents
    paid = (
        select(
            payments.c.order_id,
            payments.c.verdict,
            payments.c.captured_cents,
            payments.c.refunded_cents,
            func.count(attempts.c.attempt_key),
            func.count(charges.c.key).filter(is_captured),
            func.coalesce(func.sum(kept_cents).filter(is_captured), 0),
        )
        .outerjoin(attempts, attempts.c.payment_id == payments.c.payment_id)
        .outerjoin(charges, charges.c.key == attempts.c.attempt_key)
        .where(payments.c.event_id == event_id)
        .group_by(payments.c.payment_id)
    )
    with engine.connect() as connection:
        return {order_id: Paid(*each) for order_id, *each in connection.execute(paid)}


def audited(
    stack: RunningStack,
    event_id: int,
    *,
    at_rest: bool,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[Violation]:
    """What the audit has against an event, and against payments at large."""
    engine = payments_engine(stack)
    stores = Stores(
        stack.client("dynamodb"), stack.tables["seating"], stack.tables["orders"], engine
    )
    try:
        return audit(
            stores,
            lambda facts: violations(facts, now(), at_rest=at_rest),
            lambda: time.sleep(PAUSE_SECONDS),
            event_id,
        ).violations
    finally:
        engine.dispose()


def orders_of(organizer: Client, event_id: int) -> list[dict[str, Any]]:
    orders: list[dict[str, Any]] = []
    query: dict[str, Any] = {"eventId": event_id, "limit": 100}
    while True:
        page = ok(organizer.get("/v1/orders", **query))
        orders += page["items"]
        if page["nextCursor"] is None:
            return orders
        query["cursor"] = page["nextCursor"]


def live_tickets(organizer: Client, order_id: str) -> list[int]:
    """The seats of an order's tickets that admit."""
    tickets = ok(organizer.get(f"/v1/orders/{order_id}/tickets"))["items"]
    return [ticket["seatId"] for ticket in tickets if ticket["status"] == "VALID"]


def let_all_ask_for_mail(stack: RunningStack) -> None:
    """Forget how often this address, which is every test's, has asked for a mail."""
    engine = stack.databases["users"].engine()
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM attempts"))
    engine.dispose()
