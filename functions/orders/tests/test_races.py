"""Many at once: on the real table, whose conditions decide who was first.

The use cases race, not the handlers: Lambda gives a handler one request at a time.
"""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar

from functions.orders.domain import PaymentState
from functions.orders.placing import Placed
from functions.orders.problems import (
    OrderNotPending,
    RefundInProgress,
    ReservationOrdered,
    TicketUsed,
)
from functions.orders.requests import PlaceOrder
from functions.orders.tests.conftest import House
from functions.orders.tickets import Tickets
from functions.shared.dynamodb import Refused
from functions.shared.problems import ServiceUnavailable
from functions.shared.tokens import Principal, Role

AT_ONCE = 8
PAID = PaymentState("pay-1", "SUCCESS")

Done = TypeVar("Done")


def race(*runs: Callable[[], Done]) -> tuple[list[Done], Counter[type]]:
    """What came of those that succeeded, and how often each error was raised."""
    with ThreadPoolExecutor(len(runs)) as pool:
        futures = [pool.submit(run) for run in runs]
    errors = [future.exception() for future in futures]
    done = [future.result() for future in futures if future.exception() is None]
    return done, Counter(type(error) for error in errors if error is not None)


def now() -> datetime:
    # To the millisecond, as the API passes it.
    return datetime.now(UTC).replace(microsecond=1000)


def placing(house: House, body: dict[str, Any], key: str) -> Callable[[], Placed]:
    wish = PlaceOrder.model_validate(body).wish()
    caller = Principal(house.customer_id, Role.CUSTOMER)
    return lambda: house.desk.place(wish, caller, key, now())


def test_the_same_request_sent_at_once_is_one_order(house: House) -> None:
    body = {"eventId": house.event_id, "seatIds": [5]}
    placed, errors = race(*[placing(house, body, "rush")] * AT_ONCE)
    assert not errors
    assert len({each.order for each in placed}) == 1
    assert sum(not each.is_replay for each in placed) == 1


def test_of_many_orders_for_a_reservation_at_once_one_is_placed(house: House) -> None:
    body = {"reservationId": house.seating.hold(house.customer_id, house.event_id)}
    placed, errors = race(*[placing(house, body, f"key-{n}") for n in range(AT_ONCE)])
    assert errors == {ReservationOrdered: AT_ONCE - 1}
    assert house.sagas.booked == [(placed[0].order.order_id, None)]


def test_a_confirmation_delivered_at_once_many_times_is_one(house: House) -> None:
    order_id = house.placed(1)
    done, errors = race(*[lambda: house.bookings.confirm(order_id, PAID, now())] * AT_ONCE)
    assert not errors
    assert {order.status for order in done} == {"CONFIRMED"}
    assert len(house.tickets(order_id)) == 1


def test_of_a_confirmation_and_a_cancellation_at_once_one_wins(house: House) -> None:
    for _ in range(AT_ONCE):
        order_id = house.placed()
        house.payments.states[order_id] = "VOIDED"

        def confirm(order_id: str = order_id) -> object:
            return house.bookings.confirm(order_id, PAID, now())

        def cancel(order_id: str = order_id) -> object:
            return house.bookings.cancel(order_id, "SeatsLost", now())

        _, errors = race(confirm, cancel)
        assert errors == {OrderNotPending: 1}
        order = house.store.find_order(order_id)
        assert order is not None
        assert bool(house.tickets(order_id)) == (order.status == "CONFIRMED")


def test_of_many_refunds_at_once_one_has_every_ticket(house: House) -> None:
    order_id = house.confirmed(1, 2)

    def void(refund_id: str) -> Callable[[], object]:
        return lambda: house.void(order_id, refund_id=refund_id, at=now())

    done, errors = race(*[void(f"refund-{n}") for n in range(AT_ONCE)])
    assert (len(done), errors) == (1, {RefundInProgress: AT_ONCE - 1})
    order = house.store.find_order(order_id)
    assert order is not None
    tickets = house.store.tickets_of(order_id)
    assert {(ticket.status, ticket.refund_id) for ticket in tickets} == {("VOID", order.refund_id)}


def test_of_many_gates_at_once_one_admits(house: House) -> None:
    (ticket,) = house.tickets(house.confirmed(1))
    tickets: Tickets = house.client.module.tickets
    gate = Principal(house.organizer_id, Role.EVENT_ORGANIZER)
    code = ticket["code"]
    admitted, errors = race(*[lambda: tickets.admit(code, house.event_id, gate, now())] * AT_ONCE)
    assert (len(admitted), errors) == (1, {TicketUsed: AT_ONCE - 1})


def test_of_refunds_of_one_ticket_each_at_once_none_is_lost_or_doubled(house: House) -> None:
    """Each waits for its turn, as its saga has it do."""
    seat_ids = range(1, 6)
    order_id = house.confirmed(*seat_ids)

    def refund(seat_id: int) -> Callable[[], object]:
        def until_done() -> None:
            for _ in range(200):
                try:
                    house.refund(order_id, seat_id, refund_id=f"refund-{seat_id}")
                except (RefundInProgress, ServiceUnavailable):
                    time.sleep(0.01)
                else:
                    return

        return until_done

    _, errors = race(*[refund(seat_id) for seat_id in seat_ids] * 2)
    assert not errors
    order = house.store.find_order(order_id)
    assert order is not None
    assert (order.status, order.refunds) == ("REFUNDED", 5)
    assert order.refunded_cents == order.amounts.total_cents
    assert sorted(order.void_seat_ids) == list(seat_ids)


def test_of_a_gate_and_a_refund_at_once_one_has_the_ticket(house: House) -> None:
    outcomes = Counter[str]()
    for _ in range(2 * AT_ONCE):
        order_id = house.confirmed(1)

        def enter(order_id: str = order_id) -> None:
            house.store.admit(order_id, 1, now())

        def refund(order_id: str = order_id) -> None:
            house.void(order_id)

        _, errors = race(enter, refund)
        assert errors in ({TicketUsed: 1}, {Refused: 1})
        (ticket,) = house.store.tickets_of(order_id)
        order = house.store.find_order(order_id)
        assert order is not None
        assert ticket.status == ("USED" if TicketUsed in errors else "VOID")
        assert (order.refund_id is None) == (ticket.status == "USED")
        outcomes[ticket.status] += 1
    assert sum(outcomes.values()) == 2 * AT_ONCE
