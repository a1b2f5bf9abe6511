"""The orders of a cancelled event: every one of them is found, and each comes to its end once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from functions.orders import event_orders as paging
from functions.orders.event_orders import EventOrders, Taken
from functions.orders.tests.conftest import House
from functions.shared.problems import NotFound, ServiceUnavailable

Run = Callable[..., Any]
EMPTY = {"number": 1, "cursor": None, "refunded": 0, "voided": 0, "open": 0, "pages": 0}


def test_every_order_is_counted_and_the_open_ones_are_named(
    house: House, event_orders: EventOrders
) -> None:
    pending, confirmed, refunding, given_up, refunded, in_part = (
        house.placed(),
        house.confirmed(),
        house.confirmed(),
        house.placed(),
        house.confirmed(),
        house.confirmed(1, 2),
    )
    house.void(refunding)
    house.give_up(given_up)
    house.refund(refunded)
    house.refund(in_part, 1)
    found = event_orders.list(house.event_id, None)
    assert set(found.open_ids) == {pending, confirmed, refunding, in_part}
    assert (found.refunded, found.voided, found.end) == (1, 1, None)


def test_orders_of_other_events_are_not_touched(house: House, event_orders: EventOrders) -> None:
    order_id = house.confirmed()
    assert event_orders.list(house.event_id + 10**6, None).open_ids == []
    with pytest.raises(NotFound):
        event_orders.cancel(house.event_id + 10**6, order_id)
    with pytest.raises(NotFound):
        event_orders.cancel(house.event_id, "absent")
    assert house.sagas.refunded == []


@pytest.mark.parametrize(("most_open", "reads"), [(1, 1), (2, 1), (3, 2), (100, 20)])
def test_pages_leave_nobody_out_and_name_nobody_twice(
    house: House,
    event_orders: EventOrders,
    monkeypatch: pytest.MonkeyPatch,
    most_open: int,
    reads: int,
) -> None:
    monkeypatch.setattr(paging, "MOST_OPEN", most_open)
    monkeypatch.setattr(paging, "_MOST_READS", reads)
    placed = [house.placed() for _ in range(7)]
    for order_id in placed[1::3]:
        house.give_up(order_id)
    named, voided, end = [], 0, None
    while True:
        found = event_orders.list(house.event_id, end)
        assert len(found.open_ids) <= most_open
        named += found.open_ids
        voided += found.voided
        end = found.end
        if end is None:
            break
    assert sorted(named) == sorted({*placed} - {*placed[1::3]})
    assert voided == 2


def test_a_pending_order_is_left_to_the_verdict_on_its_payment(
    house: House, event_orders: EventOrders
) -> None:
    order_id = house.placed()
    assert event_orders.cancel(house.event_id, order_id) is Taken.VOIDED
    assert house.payments.settled == [(order_id, "event-cancelled")]
    assert house.sagas.refunded == []


@pytest.mark.parametrize("verdict", ["CAPTURED", "UNKNOWN"])
def test_a_pending_order_that_is_paid_or_perhaps_paid_waits_for_a_later_pass(
    house: House, event_orders: EventOrders, verdict: str
) -> None:
    order_id = house.placed()
    house.payments.verdict = verdict
    assert event_orders.cancel(house.event_id, order_id) is Taken.WAITS
    assert house.sagas.refunded == []
    house.confirm(order_id)
    assert event_orders.cancel(house.event_id, order_id) is Taken.REFUNDING
    assert house.sagas.refunded == [(order_id, "event-cancelled")]


def test_a_paid_order_is_refunded_whole_whatever_was_given_back_or_used_before(
    house: House, event_orders: EventOrders
) -> None:
    untouched, in_part, used = house.confirmed(1), house.confirmed(2, 3), house.confirmed(4)
    house.refund(in_part, 2)
    code = house.tickets(used)[0]["code"]
    admitted = {"code": code, "eventId": house.event_id}
    assert house.as_organizer("POST", "/v1/tickets/verify", admitted).status == 200
    for order_id in (untouched, in_part, used):
        assert event_orders.cancel(house.event_id, order_id) is Taken.REFUNDING
    assert house.sagas.refunded == [
        (order_id, "event-cancelled") for order_id in (untouched, in_part, used)
    ]
    # Nothing else is wanted: all that is left, used tickets too.
    assert house.sagas.wanted == [None, None, None]


@pytest.mark.parametrize(("polls", "taken"), [(3, Taken.REFUNDED), (100, Taken.REFUNDING)])
def test_a_refund_is_seen_through_if_it_takes_no_longer_than_that(
    house: House,
    event_orders: EventOrders,
    monkeypatch: pytest.MonkeyPatch,
    polls: int,
    taken: Taken,
) -> None:
    order_id = house.confirmed()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == polls:
            house.refund(order_id)

    clock = SimpleNamespace(monotonic=lambda: sum(slept), sleep=sleep)
    monkeypatch.setattr(paging, "time", clock)
    patient = replace(event_orders, patience_seconds=8)
    assert patient.cancel(house.event_id, order_id) is taken
    assert sum(slept) <= 8


def test_an_order_whose_refund_is_open_is_left_to_it(
    house: House, event_orders: EventOrders
) -> None:
    """A second one would be refused, and use up its names."""
    order_id = house.confirmed(1, 2)
    house.void(order_id, 1)
    assert event_orders.cancel(house.event_id, order_id) is Taken.WAITS
    house.refunds.close(order_id, "refund-1", datetime.now(UTC))
    assert event_orders.cancel(house.event_id, order_id) is Taken.REFUNDING


def test_an_order_at_its_end_stays_as_it_is(house: House, event_orders: EventOrders) -> None:
    given_up, refunded = house.placed(), house.confirmed()
    house.give_up(given_up)
    house.refund(refunded)
    for order_id in (given_up, refunded):
        assert event_orders.cancel(house.event_id, order_id) is Taken.NOTHING
    assert (house.payments.settled, house.sagas.refunded) == ([], [])


def test_whoever_is_away_is_asked_again(house: House, event_orders: EventOrders) -> None:
    pending, paid = house.placed(), house.confirmed()
    house.payments.away = True
    house.sagas.refusal = ServiceUnavailable("As the test wrote.")
    for order_id in (pending, paid):
        with pytest.raises(ServiceUnavailable):
            event_orders.cancel(house.event_id, order_id)


def test_an_order_voided_for_its_event_says_so(house: House, event_orders: EventOrders) -> None:
    """Its booking hears no more than that the payment is void."""
    order_id = house.placed()
    event_orders.cancel(house.event_id, order_id)
    house.bookings.cancel(order_id, "PaymentVoided", datetime.now(UTC))
    order = house("GET", f"/v1/orders/{order_id}").body
    assert (order["status"], order["reason"]) == ("CANCELLED", "event-cancelled")


@pytest.mark.parametrize("again", [False, True])
def test_nothing_is_ordered_that_is_held_of_a_cancelled_event(house: House, again: bool) -> None:
    held = house.seating.hold(house.customer_id, house.event_id, 1)
    body = {"reservationId": held}
    placed = house.order(body, key="k") if again else None
    found = house.seating.reservations[held]
    status = "PAYING" if again else "ACTIVE"
    house.seating.reservations[held] = found._replace(status=status, event_status="CANCELLED")
    answer = house.order(body, key="k")
    if placed is None:
        answer.problem(409, "event-cancelled")
        assert house.sagas.booked == []
    else:
        # It was placed before: the same request is answered the same.
        assert (answer.status, answer.body) == (201, placed.body)


def test_the_tasks_take_a_pass_on_and_count_it(house: House, run_task: Run) -> None:
    placed = [house.placed() for _ in range(3)]
    house.give_up(placed[0])
    answer = run_task("list_event_orders", eventId=house.event_id, **{"pass": EMPTY})
    assert sorted(answer["orderIds"]) == sorted(placed[1:])
    assert answer["pass"] == EMPTY | {"voided": 1, "open": 2, "pages": 1}
    following = run_task("list_event_orders", eventId=house.event_id, **{"pass": answer["pass"]})
    assert following["pass"] == EMPTY | {"voided": 2, "open": 4, "pages": 2}
    taken = run_task("cancel_event_order", eventId=house.event_id, orderId=placed[1])
    assert taken == {"orderId": placed[1], "taken": "voided"}


def test_the_box_office_sells_nothing_that_is_held_of_a_cancelled_event(house: House) -> None:
    held = house.seating.hold(house.customer_id, house.event_id, 1)
    found = house.seating.reservations[held]
    house.seating.reservations[held] = found._replace(event_status="CANCELLED")
    answer = house.as_organizer("POST", "/v1/seats/allocate", {"reservationId": held})
    answer.problem(409, "event-cancelled")
    assert house.sagas.booked == []
