"""An event is cancelled while one call in five to the payment provider fails.

Every order that was paid gets its money back, once, by the provider's own books; all others are
void; nothing that is held of it can be ordered any more; and the audit has nothing to say.
`make cancellation` is the long form, with every wait as long as in production: here those of state
machines are a fifth of it, and payments' sweep is not waited for. BOXOFFICE_SEED chooses who pays
how.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import pytest
from embedded.settings import Settings
from embedded.stack import RunningStack
from fault_rules import FaultRules
from own_stacks import own_stack
from sqlalchemy import Engine, func, select

from e2e.books import audited, live_tickets, orders_of, paid_for, payments_engine
from e2e.client import Client, created, eventually, hall, ok, problem, sign_in
from e2e.conftest import ADMINISTRATOR
from e2e.customers import customers
from e2e.provisioned import provision
from e2e.tasks import run_task
from functions.audit.violation import Violation
from functions.payments.providers import simulator


class Sale(NamedTuple):
    """Orders of a seat each, so many at once; the cancellation is over after so long.

    `wait_scale` is how much of their waits, also between retries, state machines wait.
    """

    orders: int
    at_once: int
    seconds: int
    wait_scale: float


SHORT: Final = Sale(orders=12, at_once=4, seconds=300, wait_scale=0.2)
LONG: Final = Sale(orders=500, at_once=4, seconds=3_600, wait_scale=1)
# How customers pay, by weight: not at all, too, and so that nobody hears whether they have.
_TOKENS: Final = {"tok_ok": 82, None: 8, "tok_timeout_after": 6, "tok_declined": 4}
# Half of them before the provider has done anything, half when it has: together 20 %.
_FAILING: Final = (
    # One at least, however few orders there are: the money went back, and nobody heard of it.
    {"at": "after-provider.refund", "do": "lose", "times": 1},
    {"at": "before-provider.*", "do": "lose", "probability": 0.1},
    {"at": "after-provider.*", "do": "lose", "probability": 0.1 / 0.9},
)
# A token is good for 15 minutes.
_SIGN_IN_AGAIN_SECONDS: Final = 600


@pytest.fixture
def rules(tmp_path: Path) -> FaultRules:
    return FaultRules(tmp_path / "switch", seed=_seed())


@pytest.fixture
def stack(rules: FaultRules, tmp_path: Path) -> Iterator[RunningStack]:
    settings = Settings(port=0, state=tmp_path / "state", with_demo=False, test_switch=rules.folder)
    with own_stack(settings) as started:
        yield started


def _seed() -> int:
    return int(os.environ.get("BOXOFFICE_SEED") or 7)


@pytest.mark.timeout(2 * 3600)
def test_every_paid_order_of_a_cancelled_event_is_refunded_exactly_once(
    stack: RunningStack, rules: FaultRules
) -> None:
    sale = LONG if os.environ.get("BOXOFFICE_LONG") == "1" else SHORT
    organizer = sign_in(stack.url, *ADMINISTRATOR)
    # One more, whose seat is held and not ordered when the event is cancelled.
    event_id = hall(organizer, rows=21, seats=-(-(sale.orders + 1) // 21))
    provision(stack, sale.at_once)
    *buyers, late = customers(stack, sale.orders + 1)

    began = time.monotonic()
    sell(sale, event_id, buyers)
    held = late.reserve(event_id, [sale.orders + 1])
    before = Counter(order["status"] for order in orders_of(organizer, event_id))
    print(f"\n{sale}: sold in {time.monotonic() - began:.0f} s, {dict(before)}")
    assert before["CONFIRMED"] > sale.orders / 2

    scale_waits(stack, sale.wait_scale)
    rules.write(*_FAILING)
    began = time.monotonic()
    answer = organizer.post(f"/v1/events/{event_id}/cancel", {"reason": "Rain"})
    assert answer.status_code == 202, answer.text
    body = {"reservationId": held["reservationId"]}
    problem(late.post("/v1/orders", body, key="late"), 409, "event-cancelled")
    body = {"eventId": event_id, "seatIds": [sale.orders + 1]}
    problem(buyers[0].post("/v1/seats/reserve", body), 409, "event-not-on-sale")

    found = await_end(stack, event_id, sale.seconds)
    print(f"cancelled in {time.monotonic() - began:.0f} s, {rules.hits()} faults: {found}")
    assert rules.hits() >= (1 if sale is SHORT else sale.orders / 10)
    rules.write()
    organizer = sign_in(stack.url, *ADMINISTRATOR)
    check_orders(organizer, event_id, found, sale)
    check_money(payments_engine(stack), event_id, before["CONFIRMED"])
    check_rest(stack, event_id, rules)


def sell(sale: Sale, event_id: int, buyers: list[Client]) -> None:
    """An order of each buyer's, of a seat of their own."""
    chance = random.Random(_seed())
    tokens = chance.choices(list(_TOKENS), weights=list(_TOKENS.values()), k=sale.orders)

    def buy(place: int) -> None:
        token, buyer = tokens[place], buyers[place]
        method = {} if token is None else {"paymentMethod": {"type": "card", "token": token}}
        reservation = buyer.reserve(event_id, [place + 1])
        body = {"reservationId": reservation["reservationId"], **method}
        # One that met a breaker which is open is not paid, however long it is waited for.
        seconds = 20 if token == "tok_ok" else 0  # nosec B105
        created(buyer.post("/v1/orders", body, key="once", Prefer=f"wait={seconds}"))

    with ThreadPoolExecutor(sale.at_once) as pool:
        for done in [pool.submit(buy, place) for place in range(sale.orders)]:
            done.result()


def scale_waits(stack: RunningStack, scale: float) -> None:
    asked = {"stepfunctions._SFN_WAIT_SCALE": scale}
    answer = httpx.post(f"{stack.endpoint}/_ministack/config", json=asked)
    assert answer.json() == {"applied": asked}


def await_end(stack: RunningStack, event_id: int, seconds: float) -> dict[str, Any]:
    """What the organizer reads once the cancellation is over; it only ever moves on."""
    deadline = time.monotonic() + seconds
    passes = 0
    while True:
        organizer = sign_in(stack.url, *ADMINISTRATOR)
        until = time.monotonic() + _SIGN_IN_AGAIN_SECONDS
        while time.monotonic() < until:
            found: dict[str, Any] = ok(organizer.get(f"/v1/events/{event_id}/cancellation"))
            assert found["passes"] >= passes
            passes = found["passes"]
            if found["status"] == "CANCELLED":
                return found
            assert time.monotonic() < deadline, found
            time.sleep(1)


def check_orders(organizer: Client, event_id: int, found: dict[str, Any], sale: Sale) -> None:
    """All are at their end, none admits anybody, and the organizer was told the right numbers."""
    orders = orders_of(organizer, event_id)
    ended = Counter(order["status"] for order in orders)
    assert len(orders) == sale.orders
    assert ended.keys() <= {"REFUNDED", "CANCELLED", "FAILED"}, ended
    assert found["orders"] == {
        "total": sale.orders,
        "refunded": ended["REFUNDED"],
        "voided": ended["CANCELLED"] + ended["FAILED"],
        "open": 0,
    }
    refunded = [order for order in orders if order["status"] == "REFUNDED"]
    assert [
        order["orderId"] for order in refunded if live_tickets(organizer, order["orderId"])
    ] == []
    assert set(organizer.seats(event_id).values()) <= {"AVAILABLE", "RESERVED"}


def check_money(engine: Engine, event_id: int, confirmed: int) -> None:
    """By our books and the provider's: whatever was taken went back, all of it, in one refund."""
    paid = paid_for(engine, event_id)
    taken = [payment for payment in paid.values() if payment.captured_cents]
    assert len(taken) >= confirmed
    assert all(payment.refunded_cents == payment.captured_cents for payment in taken)
    assert all(payment.taken_cents == 0 for payment in paid.values())
    assert all(payment.charges <= 1 for payment in paid.values())
    once = select(simulator.refunds.c.charge_key, func.count()).group_by(
        simulator.refunds.c.charge_key
    )
    with engine.connect() as connection:
        refunds = [int(count) for _, count in connection.execute(once)]
    engine.dispose()
    assert refunds == [1] * len(taken)


def check_rest(stack: RunningStack, event_id: int, rules: FaultRules) -> None:
    """Attempts whose outcome nobody asked for any more are resolved by payments' own sweep."""
    # It lets an answer be on its way for a while.
    rules.move_clock(timedelta(minutes=1))

    def swept() -> list[Violation]:
        run_task(stack, "payments", "tasks", "relay_outbox")
        return audited(stack, event_id, at_rest=True, now=rules.now)

    eventually(swept, lambda violations: not violations, 180)
