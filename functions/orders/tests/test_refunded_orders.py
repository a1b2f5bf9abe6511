"""What an order says of itself once some of it was refunded: pure, without any store."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.orders.domain import (
    Line,
    Order,
    OrderStatus,
    PaymentState,
    refund_due_at,
)
from functions.orders.refund_terms import Refund
from functions.orders.tests.stand_ins import an_order

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
# Two tickets at the same price, so that each of them is exactly half of the money.
EQUAL = tuple(Line(seat_id, "Stalls", "A", str(seat_id), 1_000) for seat_id in (1, 2))


def confirmed(lines: tuple[Line, ...] = EQUAL) -> Order:
    order = an_order("order-1", lines)
    return order._replace(status=OrderStatus.CONFIRMED, payment=PaymentState("pay-1", "SUCCESS"))


def refunded(order: Order, seat_ids: tuple[int, ...], amount_cents: int) -> Order:
    refund = Refund(f"refund-{seat_ids}", order.order_id, seat_ids, amount_cents, "asked", NOON)
    return order.with_refund(refund, NOON).without(refund, LATER)


@pytest.mark.parametrize(
    ("seat_ids", "amount_cents", "status", "payment_status"),
    [
        ((1,), 1_050, "PARTIALLY_REFUNDED", "PARTIALLY_REFUNDED"),
        # Every ticket is void, and half of the money is kept: by a policy, say.
        ((1, 2), 1_050, "PARTIALLY_REFUNDED", "PARTIALLY_REFUNDED"),
        ((1, 2), 2_100, "REFUNDED", "REFUNDED"),
        # All the money is back and the tickets are good: by kindness.
        ((), 2_100, "PARTIALLY_REFUNDED", "REFUNDED"),
        ((1,), 0, "PARTIALLY_REFUNDED", "SUCCESS"),
    ],
)
def test_what_is_left_says_what_an_order_is(
    seat_ids: tuple[int, ...], amount_cents: int, status: str, payment_status: str
) -> None:
    order = refunded(confirmed(), seat_ids, amount_cents)
    assert (order.status, order.payment) == (status, PaymentState("pay-1", payment_status))
    assert (order.refunded_cents, order.left_cents) == (amount_cents, 2_100 - amount_cents)


def test_two_refunds_of_a_half_are_all_of_it() -> None:
    order = refunded(refunded(confirmed(), (1,), 1_050), (2,), 1_050)
    assert (order.status, order.left_cents, order.refunds) == ("REFUNDED", 0, 2)


@pytest.mark.parametrize("status", OrderStatus)
def test_only_what_waits_for_something_is_due(status: OrderStatus) -> None:
    order = confirmed()._replace(status=status)
    waits = status is OrderStatus.PENDING
    assert order.due_at == (order.expires_at if waits else None)


@pytest.mark.parametrize("status", ["CONFIRMED", "PARTIALLY_REFUNDED"])
def test_an_open_refund_is_due(status: str) -> None:
    order = confirmed()._replace(status=OrderStatus(status), refund_id="refund-1")
    assert order.due_at == refund_due_at(NOON)
