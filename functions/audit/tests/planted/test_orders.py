"""Orders that their tickets and their money contradict: I5."""

from uuid import uuid4

from functions.audit.tests.house import House
from functions.audit.tests.planted.finding import Find, paid
from functions.audit.violation import Ids
from functions.orders.domain import Closing, OrderStatus, PaymentState


def test_a_paid_order_without_one_of_its_tickets_is_found_as_i5(
    house: House, tables: dict[str, str], find: Find
) -> None:
    order = house.book(1, 2)
    house.remove(tables["orders"], f"ORDER#{order.order_id}", "TICKET#2")
    ids = Ids(event=house.event_id, order=order.order_id, payment=paid(order))
    assert find() == [("I5", ids)]


def test_a_failed_order_whose_money_is_kept_is_found_as_i5(house: House, find: Find) -> None:
    order = house.begin(1)
    house.collect(order)
    house.release(house.reservation_of(order), order.order_id)
    closing = Closing(OrderStatus.FAILED, "booking-failed")
    house.orders.close(order.order_id, closing, PaymentState(paid(order), "SUCCESS"), house.now)
    ids = Ids(event=house.event_id, order=order.order_id, payment=paid(order))
    assert find() == [("I5", ids)]


def test_a_cancelled_order_that_can_be_paid_is_found_as_i5(house: House, find: Find) -> None:
    order = house.begin(1)
    house.release(house.reservation_of(order), order.order_id)
    closing = Closing(OrderStatus.CANCELLED, "cancelled")
    house.orders.close(order.order_id, closing, PaymentState(paid(order), "PENDING"), house.now)
    ids = Ids(event=house.event_id, order=order.order_id, payment=paid(order))
    assert find() == [("I5", ids)]


def test_money_for_an_order_that_is_not_there_is_found_as_i5(house: House, find: Find) -> None:
    order = house.book(1)._replace(order_id=str(uuid4()))
    house.collect(order)
    ids = Ids(event=house.event_id, order=order.order_id, payment=paid(order))
    assert find() == [("I5", ids)]
