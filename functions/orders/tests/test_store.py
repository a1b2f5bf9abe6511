"""Each write's own condition, with nobody in front of it who looked before."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from functions.orders.domain import Closing, Order, OrderStatus, PaymentState, tickets_of
from functions.orders.items import ticket_key
from functions.orders.refund_terms import Refund
from functions.orders.store import AlreadyPlaced
from functions.orders.tests.conftest import House
from functions.shared import aws
from functions.shared.dynamodb import Refused, Table
from functions.shared.marshalling import marshal

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAID = PaymentState("pay-1", "SUCCESS")
FAILED = Closing(OrderStatus.FAILED, "seats-lost")

Write = Callable[[House, str], None]


def confirm(house: House, order_id: str) -> None:
    order = house.store.find_order(order_id)
    assert order is not None
    house.store.confirm(order_id, PAID, tickets_of(order, NOW), NOW)


def close(house: House, order_id: str) -> None:
    house.store.close(order_id, FAILED, PAID, NOW)


def request_cancel(house: House, order_id: str) -> None:
    house.store.request_cancel(order_id, NOW)


def a_refund(order_id: str, *seat_ids: int, refund_id: str = "refund-1") -> Refund:
    return Refund(refund_id, order_id, seat_ids, 1103, "requested", NOW)


def known(house: House, order_id: str) -> Order:
    """The order as it is, or as somebody may take one to be that is not there."""
    order = house.store.find_order(order_id)
    return order or known(house, house.placed(1))._replace(order_id=order_id)


def void(house: House, order_id: str) -> None:
    # Of no seats: the order's own condition, without the tickets'.
    house.store.open_refund(known(house, order_id), a_refund(order_id), is_forced=False)


def close_refund(house: House, order_id: str) -> None:
    house.store.close_refund(known(house, order_id), a_refund(order_id), NOW)


def admit(house: House, order_id: str) -> None:
    house.store.admit(order_id, 1, NOW)


PENDING: list[Write] = []
CONFIRMED: list[Write] = [confirm]
VOIDED: list[Write] = [confirm, void]
REFUNDED: list[Write] = [confirm, void, close_refund]
GIVEN_UP: list[Write] = [close]
ALLOWED: dict[Write, list[list[Write]]] = {
    confirm: [PENDING],
    close: [PENDING],
    request_cancel: [PENDING],
    void: [CONFIRMED],
    close_refund: [VOIDED],
    admit: [CONFIRMED, VOIDED, REFUNDED],
}


@pytest.mark.parametrize("write", ALLOWED)
@pytest.mark.parametrize("before", [PENDING, CONFIRMED, VOIDED, REFUNDED, GIVEN_UP])
def test_a_write_is_refused_from_any_status_but_its_own(
    house: House, write: Write, before: list[Write]
) -> None:
    order_id = house.placed(1)
    for step in before:
        step(house, order_id)
    order = house.store.find_order(order_id)
    if before in ALLOWED[write]:
        write(house, order_id)
        return
    with pytest.raises(Refused):
        write(house, order_id)
    assert house.store.find_order(order_id) == order


def test_nothing_is_written_to_an_order_that_is_not_there(house: House) -> None:
    for write in (close, request_cancel, void, close_refund, admit):
        with pytest.raises(Refused):
            write(house, "absent")
    assert house.store.find_order("absent") is None


def test_a_refund_closes_only_what_it_voided(house: House) -> None:
    order_id = house.confirmed(1)
    house.void(order_id, refund_id="refund-2")
    with pytest.raises(Refused):
        close_refund(house, order_id)


def test_a_refund_worked_out_before_another_is_refused(house: House) -> None:
    order_id = house.confirmed(1, 2)
    before = known(house, order_id)
    house.refund(order_id, 1, refund_id="refund-2")
    stale = a_refund(order_id, 2, refund_id="refund-3")
    with pytest.raises(Refused):
        house.store.open_refund(before, stale, is_forced=True)
    house.store.open_refund(known(house, order_id), stale, is_forced=True)


def test_a_used_ticket_is_voided_only_by_force(house: House) -> None:
    order_id = house.confirmed(1)
    order, refund = known(house, order_id), a_refund(order_id, 1)
    admit(house, order_id)
    with pytest.raises(Refused):
        house.store.open_refund(order, refund, is_forced=False)
    house.store.open_refund(order, refund, is_forced=True)


def test_a_refund_takes_every_ticket_or_none(house: House, orders_table: Table) -> None:
    order_id = house.confirmed(1, 2)
    # As only damage could leave it: the order knows of no refund, one of its tickets does.
    damaged = {**ticket_key(order_id, 2), "status": "VOID", "refundId": "refund-2"}
    aws.dynamodb().put_item(TableName=orders_table.name, Item=marshal(damaged))
    with pytest.raises(Refused):
        house.store.open_refund(known(house, order_id), a_refund(order_id, 1, 2), is_forced=True)
    with pytest.raises(Refused):
        house.store.open_refund(known(house, order_id), a_refund(order_id, 1, 3), is_forced=True)
    assert house.store.find_refund(order_id, "refund-1") is None
    order, ticket = house.store.find_order(order_id), house.store.find_ticket(order_id, 1)
    assert order is not None
    assert ticket is not None
    assert (order.refund_id, ticket.status) == (None, "VALID")


def test_an_order_is_written_once(house: House) -> None:
    order = house.store.find_order(house.placed(1))
    assert order is not None
    with pytest.raises(AlreadyPlaced):
        house.store.place(order)
    with pytest.raises(AlreadyPlaced):
        house.store.place(order._replace(reservation_id="another"))
