"""Whatever the product itself does, at each step of it, nothing is found."""

from datetime import timedelta

import pytest

from functions.audit.tests.conftest import Audit
from functions.audit.tests.house import House
from functions.orders.domain import Order
from functions.orders.refund_terms import RefundWanted
from functions.payments import commands
from functions.payments.domain import BOX_OFFICE
from functions.payments.providers.simulator import DECLINED, TIMEOUT_AFTER, TIMEOUT_BEFORE


def test_empty_stores_are_clean_and_at_rest(audit: Audit) -> None:
    assert audit(at_rest=True) == []


def test_every_end_of_a_booking_is_clean_and_at_rest(house: House, audit: Audit) -> None:
    house.book(1, 2)
    house.book(3, 21, method=BOX_OFFICE)
    house.book(4, token=TIMEOUT_AFTER)
    house.refund(house.book(5, 6, 7))
    house.refund_in_parts(house.book(13, 14, 15))
    house.cancel(house.begin(8, 9))
    house.book(5, 8)
    house.reserve(10, 11)
    house.release(house.reserve(12))
    house.store.operations.block(
        house.event_id, [house.published.sections[0].seats[19]], house_map(house), house.now
    )
    assert audit(at_rest=True) == []


def house_map(house: House) -> str:
    return str(house.published.state.map_id)


def test_every_step_of_a_booking_is_clean(house: House, audit: Audit) -> None:
    reservation = house.reserve(1, 2)
    assert audit() == []
    order = house.order(reservation)
    assert audit() == []
    reservation = house.secure(reservation, order.order_id)
    assert audit() == []
    house.collect(order, method=None)
    assert audit() == []
    house.collect(order)
    assert audit() == []
    house.allocate(reservation, order.order_id)
    assert audit() == []
    house.confirm(order)
    assert audit(at_rest=True) == []


def test_every_step_of_a_refund_is_clean(house: House, audit: Audit) -> None:
    order = house.book(1, 2)
    refund = house.void(order)
    assert audit() == []
    house.pay_back(order)
    assert audit() == []
    house.free(order, 1)
    assert audit() == []
    house.free(order, 2)
    house.refunds.close(order.order_id, refund.refund_id, house.now)
    assert audit(at_rest=True) == []


def parts_of(order: Order) -> list[RefundWanted]:
    """One of each kind, and then nothing is left for the last ticket."""
    return [
        RefundWanted("goodwill", (), 1500),
        RefundWanted("one-by-policy", (2,), 700),
        RefundWanted("one-for-what-is-left", (1,)),
    ]


def test_every_step_of_refunds_in_parts_is_clean(house: House, audit: Audit) -> None:
    order = house.book(1, 2, 3)
    given_back = []
    for wanted in parts_of(order):
        wanted = wanted._replace(refund_id=f"{wanted.refund_id}-{order.order_id}")
        refund = house.void(order, wanted)
        assert audit() == []
        house.pay_back(order, refund)
        assert audit() == []
        if refund.seat_ids:
            house.free(order, *refund.seat_ids)
        assert audit() == []
        house.refunds.close(order.order_id, refund.refund_id, house.now)
        assert audit(at_rest=True) == []
        given_back.append(refund.amount_cents)
    # 3150 were paid for three tickets of 1050.
    house.refund(order)
    assert given_back == [1500, 700, 950]
    assert audit(at_rest=True) == []


@pytest.mark.parametrize("token", [DECLINED, TIMEOUT_BEFORE, TIMEOUT_AFTER])
def test_a_charge_that_did_not_go_well_is_clean(house: House, audit: Audit, token: str) -> None:
    order = house.begin(1)
    house.collect(order, token=token)
    assert audit() == []
    house.later(minutes=1)
    commands.relay(house.cashier, house.now)
    assert audit() == []


def test_money_that_came_too_late_and_went_back_is_clean(house: House, audit: Audit) -> None:
    order = house.begin(1, 2)
    house.collect(order, token=TIMEOUT_BEFORE)
    house.cancel(order)
    # The charge arrives by another way after all: the attempt's key is the same.
    house.later(minutes=1)
    house.sql("UPDATE attempts SET outcome = 'UNKNOWN'")
    house.sql(
        "UPDATE simulator_charges SET outcome = 'CAPTURED', amount_cents = 2100, currency = 'EUR'"
    )
    assert audit() == []
    commands.relay(house.cashier, house.now)
    assert audit(at_rest=True) == []


def test_money_set_aside_to_go_back_is_clean_until_rest(house: House, audit: Audit) -> None:
    order = house.begin(1)
    house.collect(order)
    house.pay_back(order)
    house.release(house.reservation_of(order), order.order_id)
    house.bookings.cancel(order.order_id, "seats-lost", house.now)
    assert audit(at_rest=True) == []
    # As it was before the provider paid.
    house.sql("UPDATE refunds SET status = 'PENDING'")
    house.sql("UPDATE payments SET refunded_cents = 0")
    assert audit() == []
    assert [found.invariant for found in audit(at_rest=True)] == ["I9"]


def test_holds_that_are_over_are_clean_before_and_after_ttl_sweeps_them(
    house: House, audit: Audit
) -> None:
    first = house.reserve(1, 2, 3)
    house.later(minutes=15)
    assert audit(at_rest=True) == []
    house.reserve(2)
    assert audit(at_rest=True) == []
    # The stream's consumer sees the first claim go and moves the record; others linger.
    house.store.operations.expire(first, house.now)
    assert audit(at_rest=True) == []
    house.later(minutes=6)
    house.damage(3)
    house.sweep()
    assert audit(at_rest=True) == []


def test_a_clock_that_is_a_little_off_makes_no_violation(house: House, audit: Audit) -> None:
    """Somebody whose clock is 3 s ahead took a seat of a hold that for us is still running."""
    house.reserve(1, 2)
    house.later(minutes=15)
    house.reserve(2)
    house.later(seconds=-3)
    assert audit() == []
    house.later(seconds=-3)
    assert {found.invariant for found in audit()} == {"I7"}


def test_a_release_that_broke_off_is_clean_until_rest(house: House, audit: Audit) -> None:
    order = house.begin(1, 2)
    commands.settle(house.cashier, order.order_id, "cancelled", house.now)
    house.damage(1)
    assert audit() == []
    assert {found.invariant for found in audit(at_rest=True)} == {"I9"}


def test_a_refund_has_time_before_it_is_a_violation(house: House, audit: Audit) -> None:
    house.void(house.book(1))
    house.later(minutes=30)
    assert audit() == []
    house.later(seconds=1)
    assert {found.invariant for found in audit()} == {"I5"}


def test_an_order_has_time_after_its_window(house: House, audit: Audit) -> None:
    house.begin(1)
    house.later(minutes=45)
    assert audit() == []
    house.later(seconds=1)
    assert {found.invariant for found in audit()} == {"I9"}
    assert audit(allowance=timedelta(hours=1)) == []
