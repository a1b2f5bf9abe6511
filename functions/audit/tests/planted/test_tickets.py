"""Seats that are sold and tickets that are paid for: I1 to I3."""

from functions.audit.tests.house import House
from functions.audit.tests.planted.finding import Find, attempted, paid
from functions.audit.violation import Ids
from functions.seating.store.keys import claim_key


def test_a_seat_sold_twice_is_found_as_i1(house: House, find: Find) -> None:
    first = house.book(1, 2)
    # A refund that frees the seat and forgets the ticket.
    house.free(first, 2)
    second = house.book(2)
    one, other = sorted([first.order_id, second.order_id])
    assert find() == [("I1", Ids(event=house.event_id, seat=2, order=one, rival=other))]


def test_a_ticket_whose_seat_is_free_is_found_as_i2(house: House, find: Find) -> None:
    order = house.book(1, 2)
    house.free(order, 2)
    assert find() == [("I2", Ids(event=house.event_id, seat=2, order=order.order_id))]


def test_a_sold_seat_that_ttl_may_delete_is_found_as_i2(
    house: House, tables: dict[str, str], find: Find
) -> None:
    order = house.book(1)
    claim = claim_key(house.event_id, "Stalls", 1)
    house.change(tables["seating"], claim["PK"], claim["SK"], ttl=1)
    assert find() == [("I2", Ids(event=house.event_id, seat=1, order=order.order_id))]


def test_a_ticket_that_too_little_was_paid_for_is_found_as_i3(house: House, find: Find) -> None:
    order = house.book(1, 2)
    house.sql("UPDATE payments SET captured_cents = 2099 WHERE payment_id = :id", id=paid(order))
    house.sql(
        "UPDATE simulator_charges SET amount_cents = 2099 WHERE key = :key", key=attempted(order)
    )
    ids = Ids(event=house.event_id, order=order.order_id, payment=paid(order))
    assert find() == [("I3", ids)]


def test_a_ticket_that_nothing_was_paid_for_is_found_as_i3(house: House, find: Find) -> None:
    order = house.place(1)
    reservation = house.secure(house.reservation_of(order), order.order_id)
    house.allocate(reservation, order.order_id)
    house.confirm(order)
    assert find() == [("I3", Ids(event=house.event_id, order=order.order_id))]


def test_a_refund_without_voiding_is_found_as_i3(house: House, find: Find) -> None:
    order = house.book(1)
    house.pay_back(order)
    ids = Ids(event=house.event_id, order=order.order_id, payment=paid(order))
    assert find() == [("I3", ids)]
