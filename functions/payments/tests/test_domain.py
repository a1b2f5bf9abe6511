"""The rules by themselves: ids, the margin, and what a payment shows."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.payments.domain import (
    Outcome,
    Payment,
    PaymentStatus,
    Verdict,
    attempt_key_of,
    margin_of,
    payment_id_of,
    whole_refund_id_of,
)
from functions.payments.tests.desk import AMOUNT, NOW

PENDING = Payment(
    payment_id="p",
    order_id="o",
    user_id=7,
    event_id=11,
    organizer_id=3,
    amount_cents=AMOUNT,
    currency="INR",
    expires_at=NOW,
    task_token=None,
    verdict=Verdict.PENDING,
    void_reason=None,
    attempts=0,
    last_outcome=None,
    provider=None,
    provider_txn_id=None,
    captured_attempt=None,
    captured_cents=0,
    refund_claimed_cents=0,
    refunded_cents=0,
    refunded_at=None,
    created_at=NOW,
    updated_at=NOW,
)
PAID = replace(PENDING, verdict=Verdict.SUCCESS, captured_cents=AMOUNT)
REFUNDED = replace(PAID, refund_claimed_cents=AMOUNT, refunded_cents=AMOUNT, refunded_at=NOW)


@pytest.mark.parametrize(
    ("payment", "status"),
    [
        (PENDING, PaymentStatus.PENDING),
        (replace(PENDING, last_outcome=Outcome.UNKNOWN), PaymentStatus.PENDING),
        (replace(PENDING, last_outcome=Outcome.DECLINED), PaymentStatus.FAILED),
        (replace(PENDING, last_outcome=Outcome.CANCELLED), PaymentStatus.FAILED),
        (replace(PENDING, verdict=Verdict.VOIDED), PaymentStatus.VOIDED),
        (replace(REFUNDED, verdict=Verdict.VOIDED), PaymentStatus.VOIDED),
        (PAID, PaymentStatus.SUCCESS),
        # Set aside is not paid back yet.
        (replace(PAID, refund_claimed_cents=AMOUNT), PaymentStatus.SUCCESS),
        (replace(REFUNDED, refunded_cents=1), PaymentStatus.PARTIALLY_REFUNDED),
        (REFUNDED, PaymentStatus.REFUNDED),
        # Charged twice, once of it sent back: what was to be paid is paid.
        (replace(REFUNDED, captured_cents=2 * AMOUNT), PaymentStatus.SUCCESS),
        (replace(PAID, amount_cents=0, captured_cents=0), PaymentStatus.SUCCESS),
        (
            replace(PAID, amount_cents=0, captured_cents=0, refunded_at=NOW),
            PaymentStatus.REFUNDED,
        ),
    ],
)
def test_a_payment_shows_its_verdict_its_last_attempt_and_its_refunds(
    payment: Payment, status: PaymentStatus
) -> None:
    assert payment.status is status


@pytest.mark.parametrize(("window", "margin"), [(900, 15), (90, 15), (60, 10), (6, 1)])
def test_the_margin_is_15_seconds_or_a_sixth_of_a_shorter_window(window: int, margin: int) -> None:
    assert margin_of(timedelta(seconds=window)) == timedelta(seconds=margin)


def test_ids_are_derived_and_differ() -> None:
    derived = [
        payment_id_of("o"),
        payment_id_of("o2"),
        attempt_key_of("o", 1),
        attempt_key_of("o", 2),
        whole_refund_id_of("o"),
    ]
    assert len(set(derived)) == len(derived)
    # For ever the same: an order's retry after an upgrade must find its payment.
    assert payment_id_of("o") == "a553e497-6236-5235-b29d-f125a513e43b"
