"""Charging an order: attempts, their outcomes, and when nothing may be charged."""

from datetime import timedelta
from typing import Any

import pytest

from functions.payments import commands
from functions.payments.cashier import Cashier
from functions.payments.domain import (
    ANSWER_GRACE,
    AttemptOpen,
    PaymentNotPayable,
    PaymentStatus,
    PaymentWindowOver,
    ProviderUnavailable,
    TooManyAttempts,
    Verdict,
    attempt_key_of,
)
from functions.payments.providers import simulator
from functions.payments.tests.desk import (
    AMOUNT,
    NOW,
    TOKEN,
    WINDOW,
    announce,
    money_at_the_provider,
    outcomes,
    pay,
    payment_of,
    rows,
    settle,
)
from functions.payments.tests.stand_ins import FlakyProvider, RecordedBus, RecordedSteps
from functions.shared import correlation
from functions.shared.problems import PaymentDeclined, ValidationFailed

MARGIN = timedelta(seconds=15)
LATER = NOW + ANSWER_GRACE


def test_a_charge_captures_what_is_due_and_tells_the_booking_and_the_bus(
    cashier: Cashier, steps: RecordedSteps, bus: RecordedBus, order_id: str
) -> None:
    announced = announce(cashier, order_id)
    assert (announced.status, steps.signals) == (PaymentStatus.PENDING, [])
    with correlation.under("request-1"):
        payment, is_captured = pay(cashier, order_id)
    assert (is_captured, payment.status) == (True, PaymentStatus.SUCCESS)
    assert (payment.captured_cents, money_at_the_provider(cashier)) == (AMOUNT, AMOUNT)
    assert payment.provider == "simulator"
    assert rows(cashier, "SELECT transaction_id FROM simulator_charges") == [
        (payment.provider_txn_id,)
    ]
    told = {"paymentId": payment.payment_id, "status": "SUCCESS"}
    assert steps.signals == [{"taskToken": TOKEN, "output": told}]
    assert bus.events == [
        (
            "PaymentSucceeded",
            {
                "orderId": order_id,
                "paymentId": payment.payment_id,
                "amountCents": AMOUNT,
                "currency": "INR",
                "correlationId": "request-1",
            },
        )
    ]


def test_an_order_that_came_with_a_token_is_charged_when_it_is_announced(
    cashier: Cashier, steps: RecordedSteps, order_id: str
) -> None:
    payment = announce(cashier, order_id, "card")
    assert (payment.status, money_at_the_provider(cashier)) == (PaymentStatus.SUCCESS, AMOUNT)
    assert len(steps.signals) == 1


def test_an_announcement_delivered_again_charges_nothing_again(
    cashier: Cashier, steps: RecordedSteps, order_id: str
) -> None:
    announce(cashier, order_id, "card")
    again = announce(cashier, order_id, "card", task_token="token-of-the-retry")
    assert (again.status, money_at_the_provider(cashier)) == (PaymentStatus.SUCCESS, AMOUNT)
    # The retry waits by a token of its own, and the verdict is there already.
    assert [signal["taskToken"] for signal in steps.signals] == [TOKEN, "token-of-the-retry"]


def test_a_declined_inline_payment_is_not_tried_again_when_announced_again(
    cashier: Cashier, order_id: str
) -> None:
    for _ in range(2):
        assert announce(cashier, order_id, "card", simulator.DECLINED).status == "FAILED"
    assert outcomes(cashier) == ["DECLINED"]


def test_the_box_office_counts_as_captured(
    cashier: Cashier, steps: RecordedSteps, bus: RecordedBus, order_id: str
) -> None:
    payment = announce(cashier, order_id, "boxOffice")
    assert (payment.status, payment.provider) == (PaymentStatus.SUCCESS, "boxOffice")
    assert payment.captured_cents == AMOUNT
    assert rows(cashier, "SELECT * FROM simulator_charges") == []
    assert len(steps.signals) == len(bus.named("PaymentSucceeded", order_id)) == 1


def test_a_declined_order_stays_payable(
    cashier: Cashier, steps: RecordedSteps, bus: RecordedBus, order_id: str
) -> None:
    announced = announce(cashier, order_id, "card", simulator.DECLINED)
    assert (announced.status, announced.verdict) == (PaymentStatus.FAILED, Verdict.PENDING)
    assert (steps.signals, bus.events) == ([], [])
    with pytest.raises(PaymentDeclined, match="declined"):
        pay(cashier, order_id, simulator.DECLINED, "key-1")
    payment, _ = pay(cashier, order_id, simulator.OK, "key-2")
    assert payment.status is PaymentStatus.SUCCESS
    assert outcomes(cashier) == ["DECLINED", "DECLINED", "CAPTURED"]
    keys = rows(cashier, "SELECT attempt_key FROM attempts ORDER BY number")
    assert keys == [(attempt_key_of(order_id, number),) for number in (1, 2, 3)]


def test_an_order_is_charged_at_most_five_times(cashier: Cashier, order_id: str) -> None:
    announce(cashier, order_id)
    for attempt in range(5):
        with pytest.raises(PaymentDeclined):
            pay(cashier, order_id, simulator.DECLINED, f"key-{attempt}")
    with pytest.raises(TooManyAttempts):
        pay(cashier, order_id, simulator.OK, "key-6")
    assert money_at_the_provider(cashier) == 0


def test_a_replayed_older_attempt_has_no_effect(cashier: Cashier, order_id: str) -> None:
    announce(cashier, order_id)
    with pytest.raises(PaymentDeclined):
        pay(cashier, order_id, simulator.DECLINED, "key-1")
    captured, _ = pay(cashier, order_id, simulator.OK, "key-2")
    with pytest.raises(PaymentNotPayable):
        pay(cashier, order_id, simulator.DECLINED, "key-1")
    assert payment_of(cashier, order_id) == captured


def test_the_same_request_gets_its_own_charge_again(cashier: Cashier, order_id: str) -> None:
    announce(cashier, order_id)
    first = pay(cashier, order_id)
    assert pay(cashier, order_id) == first
    assert outcomes(cashier) == ["CAPTURED"]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [({"amount_cents": AMOUNT - 1}, "/amountCents"), ({"currency": "EUR"}, "/currency")],
)
def test_another_amount_or_currency_charges_nothing(
    cashier: Cashier, order_id: str, changed: dict[str, Any], pointer: str
) -> None:
    announce(cashier, order_id)
    with pytest.raises(ValidationFailed) as refusal:
        pay(cashier, order_id, **changed)
    assert refusal.value.extensions["errors"][0]["pointer"] == pointer
    assert outcomes(cashier) == []


def test_charging_closes_a_margin_before_the_order_expires(cashier: Cashier, order_id: str) -> None:
    announce(cashier, order_id)
    closes_at = NOW + WINDOW - MARGIN
    with pytest.raises(PaymentWindowOver):
        pay(cashier, order_id, now=closes_at)
    _, is_captured = pay(cashier, order_id, now=closes_at - timedelta(milliseconds=1))
    assert is_captured


def test_an_order_announced_too_late_is_not_charged(cashier: Cashier, order_id: str) -> None:
    assert announce(cashier, order_id, "card", now=NOW + WINDOW).status == "PENDING"
    assert outcomes(cashier) == []


def test_a_paid_or_voided_payment_takes_no_charge(cashier: Cashier, order_id: str) -> None:
    announce(cashier, order_id, "card")
    with pytest.raises(PaymentNotPayable):
        pay(cashier, order_id)
    announce(cashier, "voided")
    settle(cashier, "voided")
    with pytest.raises(PaymentNotPayable):
        pay(cashier, "voided")
    assert outcomes(cashier) == ["CAPTURED"]


@pytest.mark.parametrize("token", [simulator.TIMEOUT_BEFORE, simulator.TIMEOUT_AFTER])
def test_an_unknown_outcome_is_pending_and_blocks_another_charge(
    cashier: Cashier, steps: RecordedSteps, order_id: str, token: str
) -> None:
    announce(cashier, order_id)
    payment, is_captured = pay(cashier, order_id, token)
    assert (is_captured, payment.status) == (False, PaymentStatus.PENDING)
    with pytest.raises(AttemptOpen) as refusal:
        pay(cashier, order_id, simulator.OK, "key-2")
    assert refusal.value.headers["Retry-After"] == "2"
    assert (outcomes(cashier), steps.signals) == (["UNKNOWN"], [])


def test_a_lost_answer_is_found_by_its_key(
    cashier: Cashier, steps: RecordedSteps, order_id: str
) -> None:
    announce(cashier, order_id)
    pay(cashier, order_id, simulator.TIMEOUT_AFTER)
    assert commands.relay(cashier, LATER - timedelta(milliseconds=1))["resolved"] == 0
    assert commands.relay(cashier, LATER)["resolved"] == 1
    assert payment_of(cashier, order_id).status is PaymentStatus.SUCCESS
    assert (money_at_the_provider(cashier), len(steps.signals)) == (AMOUNT, 1)


def test_a_lost_request_is_given_up_and_the_order_can_be_paid_again(
    cashier: Cashier, provider: FlakyProvider, order_id: str
) -> None:
    announce(cashier, order_id)
    pay(cashier, order_id, simulator.TIMEOUT_BEFORE)
    assert commands.relay(cashier, LATER)["resolved"] == 1
    assert payment_of(cashier, order_id).status is PaymentStatus.FAILED
    # The request itself, should it arrive after all, finds the refusal.
    ((key,),) = rows(cashier, "SELECT attempt_key FROM attempts")
    assert provider.charge(key, AMOUNT, "INR", simulator.OK).outcome == "CANCELLED"
    with pytest.raises(PaymentDeclined, match="cancelled"):
        pay(cashier, order_id, simulator.TIMEOUT_BEFORE)
    _, is_captured = pay(cashier, order_id, key="key-2", now=LATER)
    assert (is_captured, money_at_the_provider(cashier)) == (True, AMOUNT)


@pytest.mark.parametrize(
    ("token", "outcome"),
    [(simulator.TIMEOUT_BEFORE, "CANCELLED"), (simulator.TIMEOUT_AFTER, "CAPTURED")],
)
def test_the_next_charge_resolves_an_overdue_attempt_itself(
    cashier: Cashier, order_id: str, token: str, outcome: str
) -> None:
    announce(cashier, order_id)
    pay(cashier, order_id, token)
    if outcome == "CAPTURED":
        with pytest.raises(PaymentNotPayable):
            pay(cashier, order_id, key="key-2", now=LATER)
    else:
        pay(cashier, order_id, key="key-2", now=LATER)
    assert outcomes(cashier)[0] == outcome
    assert money_at_the_provider(cashier) == AMOUNT


def test_an_overdue_attempt_at_a_silent_provider_stays_unknown(
    cashier: Cashier, provider: FlakyProvider, order_id: str
) -> None:
    announce(cashier, order_id)
    pay(cashier, order_id, simulator.TIMEOUT_AFTER)
    provider.down = True
    with pytest.raises(ProviderUnavailable):
        pay(cashier, order_id, key="key-2", now=LATER)
    assert commands.relay(cashier, LATER)["resolved"] == 0
    provider.down = False
    assert commands.relay(cashier, LATER)["resolved"] == 1
    assert money_at_the_provider(cashier) == AMOUNT
