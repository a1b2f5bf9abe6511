"""Refunds, whole and in part, that left something wrong: I3, I5, I6 and I9."""

import pytest

from functions.audit.tests.house import House
from functions.audit.tests.planted.finding import Find, attempted, paid, seat_of
from functions.audit.violation import Ids
from functions.orders.domain import Order
from functions.orders.refund_terms import RefundWanted
from functions.payments.domain import whole_refund_id_of


def test_a_refunded_ticket_that_admits_is_found_as_i6(
    house: House, tables: dict[str, str], find: Find
) -> None:
    order = house.book(1, 2)
    house.refund(order)
    house.change(tables["orders"], f"ORDER#{order.order_id}", "TICKET#2", status="VALID")
    refund_id = whole_refund_id_of(paid(order))
    ids = Ids(event=house.event_id, seat=2, order=order.order_id, refund=refund_id)
    assert find() == [("I6", ids)]


def in_part(house: House, order: Order, *seat_ids: int, cents: int | None = None) -> str:
    """Refunds these seats, or an amount for none."""
    refund_id = f"part-{order.order_id}"
    house.refund(order, RefundWanted(refund_id, seat_ids, cents))
    return refund_id


def paid_for(house: House, order: Order) -> Ids:
    return Ids(event=house.event_id, order=order.order_id, payment=paid(order))


def test_a_ticket_that_is_left_is_not_paid_with_what_another_gave_back(
    house: House, find: Find
) -> None:
    order = house.book(1, 2)
    in_part(house, order, 1)
    assert find() == []
    house.sql("UPDATE payments SET captured_cents = 2099 WHERE payment_id = :id", id=paid(order))
    house.sql(
        "UPDATE simulator_charges SET amount_cents = 2099 WHERE key = :key", key=attempted(order)
    )
    assert find() == [("I3", paid_for(house, order))]


def test_goodwill_that_orders_knows_nothing_of_is_found_as_i3(
    house: House, tables: dict[str, str], find: Find
) -> None:
    order = house.book(1, 2)
    refund_id = in_part(house, order, cents=1)
    assert find() == []
    house.remove(tables["orders"], f"ORDER#{order.order_id}", f"REFUND#{refund_id}")
    house.change(
        tables["orders"],
        f"ORDER#{order.order_id}",
        "ORDER",
        status="CONFIRMED",
        refundedCents=None,
    )
    assert find() == [("I3", paid_for(house, order))]


def test_a_refund_that_gave_back_too_little_is_found_as_i5(
    house: House, tables: dict[str, str], find: Find
) -> None:
    order = house.book(1, 2)
    refund_id = in_part(house, order, 1, cents=1049)
    assert find() == []
    house.change(tables["orders"], f"ORDER#{order.order_id}", f"REFUND#{refund_id}", isFull=True)
    assert find() == [("I5", paid_for(house, order))]


def test_a_refund_that_gave_back_too_much_is_found_as_i5(
    house: House, tables: dict[str, str], find: Find
) -> None:
    """Of the other ticket's money, though that has been refunded since."""
    order = house.book(1, 2)
    refund_id = in_part(house, order, 1)
    house.refund(order)
    change = {"amountCents": 1051, "isFull": False}
    house.change(tables["orders"], f"ORDER#{order.order_id}", f"REFUND#{refund_id}", **change)
    found = find()
    # More than its ticket is worth, than payments gave back, than the order adds up, and than
    # would make it REFUNDED.
    assert found == [("I5", paid_for(house, order))] * 4


def test_a_refund_that_payments_never_made_is_found_as_i5(house: House, find: Find) -> None:
    order = house.book(1, 2)
    refund = house.void(order, RefundWanted(f"part-{order.order_id}", (1,)))
    house.free(order, 1)
    house.refunds.close(order.order_id, refund.refund_id, house.now)
    assert find() == [("I5", paid_for(house, order))]


def test_a_ticket_void_for_another_tickets_refund_is_found_as_i5(
    house: House, tables: dict[str, str], find: Find
) -> None:
    order = house.book(1, 2)
    refund_id = in_part(house, order, 1)
    void = {"status": "VOID", "refundId": refund_id}
    house.change(tables["orders"], f"ORDER#{order.order_id}", "TICKET#2", **void)
    assert find() == [("I5", paid_for(house, order))]


@pytest.mark.parametrize("status", ["CONFIRMED", "REFUNDED"])
def test_a_status_that_an_orders_refunds_contradict_is_found(
    house: House, tables: dict[str, str], find: Find, status: str
) -> None:
    order = house.book(1, 2)
    in_part(house, order, 1)
    house.change(tables["orders"], f"ORDER#{order.order_id}", "ORDER", status=status)
    ours = ("I5", paid_for(house, order))
    if status == "CONFIRMED":
        assert find() == [ours]
    else:
        # Its other ticket admits, and its other seat is sold, which its slot counts.
        assert [invariant for invariant, _ in find()] == ["I5", "I6", "I9", "I10"]


def test_a_seat_that_a_refund_forgot_to_free_is_found_as_i9(house: House, find: Find) -> None:
    order = house.book(1, 2)
    refund = house.void(order, RefundWanted(f"part-{order.order_id}", (2,)))
    house.pay_back(order, refund)
    house.refunds.close(order.order_id, refund.refund_id, house.now)
    ids = seat_of(house, order, 2)
    assert find() == [("I9", ids)]
