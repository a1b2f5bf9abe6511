"""A cancelled event: every paid order gets its money back, once, and nobody else is left to pay.

Whatever breaks and wherever. The points are found by cancelling once; then the event is cancelled
again for faults at them, of which a test takes one in `_STRIDE`.
"""

import itertools
import os
from typing import Any, Final

import pytest

from functions.catalog.cancellations import Cancellations
from functions.orders import event_orders
from functions.orders.domain import REFUNDABLE
from functions.orders.event_orders import EventOrders, Found, Taken
from functions.seating import booking
from functions.shared.problems import ServiceUnavailable
from statemachines.tests.world.customers import Customer
from statemachines.tests.world.executions import Execution, Status
from statemachines.tests.world.faults import Fault, cases
from statemachines.tests.world.programme import MACHINE, Programme
from statemachines.tests.world.switchboard import Moment, Point
from statemachines.tests.world.tables import ORDERS
from statemachines.tests.world.world import WINDOWS, World

_STRIDE: Final = int(os.environ.get("BOXOFFICE_FAULT_STRIDE", "144"))


def sell(world: World) -> None:
    """Orders in every state that an event may be cancelled in."""
    for place, token in enumerate(("tok_ok", None, "tok_timeout_after", "tok_declined"), 1):
        Customer(world).place_order(token, (place,))
    refunded = Customer(world)
    refunded.place_order("tok_ok", (5,))
    refunded.cancel()
    world.pass_time(20)
    Customer(world).reserve(6)


def statuses(world: World) -> dict[str, int]:
    found: dict[str, int] = {}
    for order in world.facts().sales.orders.values():
        found[order.status] = found.get(order.status, 0) + 1
    return found


def findings(programme: Programme) -> list[str]:
    """What is wrong once it has come to rest; nothing, as a rule."""
    world = programme.world
    programme.come_to_rest()
    found = [str(violation) for violation in world.violations(at_rest=True)]
    found += [f"{order} is open" for order in world.open_orders()]
    kept = statuses(world).keys() - {"REFUNDED", "CANCELLED", "FAILED"}
    found += [f"an order stays {status}" for status in kept]
    cancellation = programme.read()
    if cancellation is None or cancellation["status"] != "CANCELLED":
        found.append(f"not over: {cancellation}")
    return found


def kept_cents(world: World) -> int:
    """What the provider has taken and not given back."""
    books = world.facts().books.provider
    assert books is not None
    captured = [each for each in books.charges.values() if each.outcome == "CAPTURED"]
    return sum(charge.amount_cents - charge.refunded_cents for charge in captured)


def runs(world: World) -> list[Execution]:
    return [one for one in world.sagas.executions.values() if one.machine_arn == MACHINE]


def at(world: World, effect: str, moment: Moment, happens: Any) -> None:
    """Let something happen once, at the first effect of this name from now on."""

    def is_it(point: Point) -> bool:
        return point.effect.startswith(effect) and point.moment is moment

    world.board.plan_first(is_it, lambda _: happens())


def test_every_paid_order_is_refunded_and_every_other_one_is_void(programme: Programme) -> None:
    sell(programme.world)
    taken_before = kept_cents(programme.world)
    assert taken_before > 0
    programme.cancel()
    assert findings(programme) == []
    # Paid at once, paid although nobody heard of it, and refunded before; two nobody paid for.
    assert statuses(programme.world) == {"REFUNDED": 3, "CANCELLED": 2}
    assert kept_cents(programme.world) == 0
    found = programme.read()
    assert found is not None
    assert found["orders"] == {"total": 5, "refunded": 3, "voided": 2, "open": 0}
    assert found["finishedAt"] > found["startedAt"]
    assert [run.status for run in runs(programme.world)] == [Status.SUCCEEDED]


def test_what_is_held_is_not_ordered_and_what_is_free_not_reserved(programme: Programme) -> None:
    early, late = Customer(programme.world), Customer(programme.world)
    early.reserve(1)
    programme.cancel()
    ordered, reserved = early.place_order("tok_ok"), late.reserve(2)
    assert ordered is not None
    assert ordered.problem(409, "event-cancelled")
    assert reserved is not None
    assert reserved.problem(409, "event-not-on-sale")
    assert findings(programme) == []


def test_cancelled_again_when_it_is_over_it_is_over(programme: Programme) -> None:
    sell(programme.world)
    programme.cancel()
    assert findings(programme) == []
    before = programme.read()
    programme.cancel()
    assert findings(programme) == []
    assert programme.read() == before
    assert len(runs(programme.world)) == 1


@pytest.mark.timeout(3_600)
def test_whatever_breaks_is_repaired(
    programme: Programme, capsys: pytest.CaptureFixture[str]
) -> None:
    planned = list(cases(_points(programme)))
    taken = planned[::_STRIDE]
    broken = [
        f"{fault.name} {point}: {finding}"
        for point, fault in taken
        for finding in _findings(programme, point, fault)
    ]
    if _STRIDE == 1:
        points = len({point for point, _ in planned})
        with capsys.disabled():
            print(f"\n{points} points, {len(taken)} runs, {len(broken)} broken")
    assert not broken, "\n".join(broken)
    assert len(planned) > 300


def _cancelled(programme: Programme) -> None:
    programme.cancel()
    programme.world.pass_time(WINDOWS.sales_closed_seconds + 60)


def _points(programme: Programme) -> list[Point]:
    """Found by living through it."""
    programme.restart()
    sell(programme.world)
    programme.world.board.clear()
    programme.live_through(_cancelled)
    return programme.world.board.points()


def _findings(programme: Programme, point: Point, fault: Fault) -> list[str]:
    programme.restart()
    world = programme.world
    sell(world)
    world.board.plan(point, lambda effect: fault.strike(world, effect))
    programme.live_through(_cancelled)
    assert world.board.struck, f"{point} did not come again"
    if programme.read() is None:
        # Everything went down before it was committed, and the organizer asks once more.
        programme.cancel()
    return findings(programme)


def test_an_execution_that_was_stopped_is_followed_by_another(programme: Programme) -> None:
    sell(programme.world)
    at(programme.world, "invoke cancel_event_order", Moment.AFTER, programme.world.sagas.abort_all)
    programme.cancel()
    assert findings(programme) == []
    ended = [run.status for run in runs(programme.world)]
    assert ended == [Status.ABORTED, Status.SUCCEEDED]


def test_many_pages_go_on_in_an_execution_of_their_own(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_orders, "MOST_OPEN", 1)
    monkeypatch.setattr(event_orders, "_MOST_READS", 1)
    cancel, asked = EventOrders.cancel, itertools.count()

    def away_at_first(self: EventOrders, event_id: int, order_id: str) -> Taken:
        if next(asked) < 40:
            raise ServiceUnavailable.retry_after(1, "as the test wrote")
        return cancel(self, event_id, order_id)

    monkeypatch.setattr(EventOrders, "cancel", away_at_first)
    sell(programme.world)
    programme.cancel()
    assert findings(programme) == []
    ended = [run.status for run in runs(programme.world)]
    assert len(ended) > 1
    assert set(ended) == {Status.SUCCEEDED}


def test_an_order_that_is_paid_during_a_pass_is_refunded_by_the_next(
    programme: Programme,
) -> None:
    customer = Customer(programme.world)
    customer.place_order(None, (1,))
    at(programme.world, "invoke settle_payment", Moment.BEFORE, customer.charge)
    programme.cancel()
    assert findings(programme) == []
    assert customer.look()["status"] == "REFUNDED"
    found = programme.read()
    assert found is not None
    assert found["passes"] > 1


def _order_placed_late(programme: Programme) -> Customer:
    """Its request has seen sales open, and writes the order as late as a request may."""
    customer = Customer(programme.world)
    customer.reserve(1)

    def cancelled_meanwhile() -> None:
        programme.cancel()
        programme.world.pass_time(28)

    at(programme.world, f"TransactWriteItems {ORDERS}", Moment.BEFORE, cancelled_meanwhile)
    customer.place_order("tok_ok")
    return customer


def test_an_order_that_was_being_placed_while_sales_closed_is_not_left_out(
    programme: Programme,
) -> None:
    customer = _order_placed_late(programme)
    assert findings(programme) == []
    assert customer.look()["status"] == "CANCELLED"
    found = programme.read()
    assert found is not None
    assert found["orders"] == {"total": 1, "refunded": 0, "voided": 1, "open": 0}


def test_seats_that_were_being_secured_while_sales_closed_are_paid_back(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a task that saw sales open: in its place, one that never looks."""
    monkeypatch.setattr(booking, "check_not_cancelled", lambda *_: None)
    customer = _order_placed_late(programme)
    assert findings(programme) == []
    assert customer.look()["status"] == "REFUNDED"
    assert kept_cents(programme.world) == 0


def test_without_the_wait_an_order_that_comes_late_is_left_out(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(booking, "check_not_cancelled", lambda *_: None)
    programme.define(sales_closed_seconds=1)
    try:
        _order_placed_late(programme)
        assert findings(programme) == ["an order stays CONFIRMED"]
    finally:
        programme.define(WINDOWS.sales_closed_seconds)


def test_without_the_sweep_what_broke_off_stays_as_it_is(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cancellations, "sweep", lambda *_: {})
    sell(programme.world)
    at(programme.world, "invoke list_event_orders", Moment.AFTER, programme.world.sagas.abort_all)
    programme.cancel()
    found = findings(programme)
    assert "an order stays CONFIRMED" in found
    assert any(finding.startswith("not over") for finding in found)


def test_a_pass_that_takes_pending_orders_for_done_is_found(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = EventOrders.list

    def only_paid(self: EventOrders, event_id: int, after: str | None) -> Found:
        found = listed(self, event_id, after)
        orders = map(self.store.find_order, found.open_ids)
        paid = [each.order_id for each in orders if each and each.status in REFUNDABLE]
        return found._replace(open_ids=paid)

    monkeypatch.setattr(EventOrders, "list", only_paid)
    customer = Customer(programme.world)
    customer.place_order(None, (1,))
    at(programme.world, "invoke finish_cancellation", Moment.AFTER, customer.charge)
    programme.cancel()
    assert findings(programme) == ["an order stays CONFIRMED"]
