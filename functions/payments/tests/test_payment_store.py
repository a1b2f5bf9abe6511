"""The store of payments, held to its neighbours on a real table."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from functions.payments.domain import Verdict, payment_id_of
from functions.payments.store import payments
from functions.payments.tests.desk import AMOUNT, CUSTOMER, NOW, ORGANIZER, due
from functions.payments.tests.three_payments import (
    EVERY_ORDER,
    HIGH,
    LATER,
    LOW,
    MIDDLE,
    payment,
)


@pytest.mark.parametrize(
    ("organizes", "viewer", "is_seen"),
    [
        (False, CUSTOMER, True),
        (False, CUSTOMER - 1, False),
        (False, CUSTOMER + 1, False),
        (False, ORGANIZER, False),
        (True, ORGANIZER, True),
        (True, ORGANIZER - 1, False),
        (True, ORGANIZER + 1, False),
        (True, CUSTOMER, True),
        (True, None, True),
    ],
)
def test_its_customer_and_its_events_organizer_see_it_and_nobody_near_them(
    organizes: bool,
    viewer: int | None,
    is_seen: bool,
    connection: Connection,
) -> None:
    found = payments.find_visible(
        connection, payment_id_of(MIDDLE), user_id=viewer, organizes=organizes
    )
    assert found == (payment(connection, MIDDLE) if is_seen else None)


def test_a_stray_capture_is_counted_and_claimed_on_its_own_payment(connection: Connection) -> None:
    before = {order_id: payment(connection, order_id) for order_id in EVERY_ORDER}
    for amount in (100, 20):
        payments.add_stray_capture(connection, payment_id_of(MIDDLE), amount, LATER)
    assert payment(connection, MIDDLE) == replace(
        before[MIDDLE], captured_cents=120, refund_claimed_cents=120, updated_at=LATER
    )
    for order_id in (LOW, HIGH):
        assert payment(connection, order_id) == before[order_id]


def test_each_is_found_read_and_locked_by_its_id(connection: Connection) -> None:
    for order_id in EVERY_ORDER:
        payment_id = payment_id_of(order_id)
        for read in (payments.find, payments.get, payments.lock):
            assert getattr(read(connection, payment_id), "order_id", None) == order_id
    assert payments.find(connection, "0") is None
    assert payments.find(connection, "z") is None


def test_money_is_claimed_on_its_own_payment_up_to_what_was_captured(
    connection: Connection,
) -> None:
    for order_id in EVERY_ORDER:
        assert not payments.claim_refund(connection, payment_id_of(order_id), 1, LATER)
        payments.decide(
            connection, payment_id_of(order_id), Verdict.SUCCESS, NOW, captured_cents=AMOUNT
        )
    before = {order_id: payment(connection, order_id) for order_id in (LOW, HIGH)}
    assert payments.claim_refund(connection, payment_id_of(MIDDLE), AMOUNT - 1, LATER)
    assert not payments.claim_refund(connection, payment_id_of(MIDDLE), 2, LATER)
    assert payments.claim_refund(connection, payment_id_of(MIDDLE), 1, LATER)
    assert payment(connection, MIDDLE).refund_claimed_cents == AMOUNT
    for order_id in (LOW, HIGH):
        assert payment(connection, order_id) == before[order_id]


def test_a_payment_is_decided_once_and_alone(connection: Connection) -> None:
    before = {order_id: payment(connection, order_id) for order_id in (LOW, HIGH)}
    middle = payment_id_of(MIDDLE)
    decided = payments.decide(connection, middle, Verdict.VOIDED, LATER, void_reason="late")
    assert decided == payments.get(connection, middle)
    assert not payments.decide(connection, middle, Verdict.SUCCESS, LATER)
    assert payment(connection, MIDDLE).verdict is Verdict.VOIDED
    for order_id in (LOW, HIGH):
        assert payment(connection, order_id) == before[order_id]


def test_one_voided_before_it_was_announced_is_for_nothing_and_learns_in_time_what_it_is_for(
    connection: Connection,
) -> None:
    moment = timedelta(microseconds=1)
    asked = {order_id: due(order_id) for order_id in ("early", "late")}
    for order_id in asked:
        assert payments.void_unannounced(connection, order_id, "cancelled", NOW) is True
        assert payments.void_unannounced(connection, order_id, "again", NOW) is False
        assert payment(connection, order_id).amount_cents == 0
        assert payment(connection, order_id).void_reason == "cancelled"
    early = payments.announce(connection, asked["early"], asked["early"].expires_at - moment)
    late = payments.announce(connection, asked["late"], asked["late"].expires_at)
    assert (early.user_id, early.amount_cents) == (CUSTOMER, AMOUNT)
    assert (late.user_id, late.amount_cents) == (None, 0)
