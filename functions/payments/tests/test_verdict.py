"""The verdict: one write, made by whoever comes first, obeyed by all, and told to the booking."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest

from functions.payments import commands
from functions.payments.cashier import Cashier
from functions.payments.charging import record
from functions.payments.domain import (
    ANSWER_GRACE,
    Attempt,
    AttemptOpen,
    PaymentNotPayable,
    PaymentStatus,
    Verdict,
    payment_id_of,
)
from functions.payments.providers import simulator
from functions.payments.providers.port import Answer
from functions.payments.store import attempts
from functions.payments.tests.desk import (
    AMOUNT,
    NOW,
    TOKEN,
    announce,
    money_at_the_provider,
    outcomes,
    pay,
    payment_of,
    rows,
    settle,
)
from functions.payments.tests.stand_ins import FlakyProvider, RecordedBus, RecordedSteps
from functions.shared.postgres import transaction

LATER = NOW + ANSWER_GRACE


def test_an_unpaid_payment_is_voided_and_the_booking_is_told(
    cashier: Cashier, steps: RecordedSteps, bus: RecordedBus, order_id: str
) -> None:
    announce(cashier, order_id)
    assert settle(cashier, order_id) is Verdict.VOIDED
    assert payment_of(cashier, order_id).status is PaymentStatus.VOIDED
    failure = {"error": "PaymentVoided", "cause": "payment-timed-out"}
    assert steps.signals == [{"taskToken": TOKEN, **failure}]
    assert len(bus.named("PaymentVoided", order_id)) == 1


def test_settling_again_gives_the_same_verdict_and_tells_nobody_again(
    cashier: Cashier, steps: RecordedSteps, bus: RecordedBus, order_id: str
) -> None:
    announce(cashier, order_id)
    assert [settle(cashier, order_id) for _ in range(3)] == [Verdict.VOIDED] * 3
    assert (len(steps.signals), len(bus.events)) == (1, 1)


def test_a_captured_payment_stays_captured(cashier: Cashier, order_id: str) -> None:
    announce(cashier, order_id, "card")
    assert settle(cashier, order_id) is Verdict.SUCCESS
    assert money_at_the_provider(cashier) == AMOUNT


def test_a_late_announcement_finds_the_void_that_came_before_it(
    cashier: Cashier, steps: RecordedSteps, order_id: str
) -> None:
    assert settle(cashier, order_id) is Verdict.VOIDED
    payment = announce(cashier, order_id, "card")
    assert (payment.status, payment.amount_cents) == (PaymentStatus.VOIDED, AMOUNT)
    assert (money_at_the_provider(cashier), outcomes(cashier)) == (0, [])
    assert [signal["error"] for signal in steps.signals] == ["PaymentVoided"]


@pytest.mark.parametrize("is_announced", [True, False])
def test_a_decided_payment_is_not_written_by_an_announcement_that_comes_days_later(
    cashier: Cashier, steps: RecordedSteps, order_id: str, is_announced: bool
) -> None:
    if is_announced:
        announce(cashier, order_id)
    assert settle(cashier, order_id) is Verdict.VOIDED
    before = rows(cashier, "SELECT * FROM payments")
    announce(cashier, order_id, "card", task_token="token-of-a-redrive", now=NOW + timedelta(13))
    assert rows(cashier, "SELECT * FROM payments") == before
    assert steps.signals[-1]["taskToken"] == "token-of-a-redrive"


@pytest.mark.parametrize(
    ("token", "verdict", "money"),
    [
        (simulator.TIMEOUT_AFTER, Verdict.SUCCESS, AMOUNT),
        (simulator.TIMEOUT_BEFORE, Verdict.VOIDED, 0),
    ],
)
def test_an_unknown_attempt_is_asked_after_before_anything_is_decided(
    cashier: Cashier, order_id: str, token: str, verdict: Verdict, money: int
) -> None:
    announce(cashier, order_id, "card", token)
    assert settle(cashier, order_id) is verdict
    assert money_at_the_provider(cashier) == money


def test_while_the_provider_is_silent_nothing_is_decided(
    cashier: Cashier, provider: FlakyProvider, steps: RecordedSteps, order_id: str
) -> None:
    announce(cashier, order_id, "card", simulator.TIMEOUT_AFTER)
    provider.down = True
    assert settle(cashier, order_id) is Verdict.PENDING
    assert (payment_of(cashier, order_id).status, steps.signals) == (PaymentStatus.PENDING, [])
    provider.down = False
    assert settle(cashier, order_id) is Verdict.SUCCESS


def test_giving_up_leaves_a_refusal_for_a_charge_still_on_its_way(
    cashier: Cashier, provider: FlakyProvider, order_id: str
) -> None:
    announce(cashier, order_id, "card", simulator.TIMEOUT_BEFORE)
    settle(cashier, order_id)
    ((key,),) = rows(cashier, "SELECT attempt_key FROM attempts")
    assert provider.charge(key, AMOUNT, "INR", simulator.OK) == Answer.cancelled()
    assert money_at_the_provider(cashier) == 0


def test_a_payment_that_lands_after_the_void_is_refunded_once(
    cashier: Cashier, bus: RecordedBus, order_id: str
) -> None:
    late = _land_late(cashier, order_id)
    for _ in range(3):
        record(cashier, late, Answer.captured("txn-late"), LATER)
    payment = payment_of(cashier, order_id)
    assert (payment.status, payment.verdict) == (PaymentStatus.VOIDED, Verdict.VOIDED)
    assert (payment.captured_cents, payment.refunded_cents) == (AMOUNT, AMOUNT)
    assert money_at_the_provider(cashier) == 0
    assert rows(cashier, "SELECT count(*), sum(amount_cents) FROM simulator_refunds") == [
        (1, AMOUNT)
    ]
    (refunded,) = bus.named("PaymentRefunded", order_id)
    assert refunded["amountCents"] == AMOUNT


def test_a_late_payment_is_refunded_by_the_relay_if_the_provider_is_silent(
    cashier: Cashier, provider: FlakyProvider, order_id: str
) -> None:
    late = _land_late(cashier, order_id)
    provider.down = True
    record(cashier, late, Answer.captured("txn-late"), NOW)
    assert money_at_the_provider(cashier) == AMOUNT
    assert commands.relay(cashier, LATER)["refunded"] == 0
    provider.down = False
    assert commands.relay(cashier, LATER)["refunded"] == 1
    assert commands.relay(cashier, LATER)["refunded"] == 0
    assert money_at_the_provider(cashier) == 0


def test_a_second_capture_of_a_paid_order_goes_back_and_the_first_stays(
    cashier: Cashier, order_id: str
) -> None:
    late = _cancelled_attempt(cashier, order_id)
    pay(cashier, order_id, key="key-2", now=LATER)
    _charge_after_all(cashier, late.attempt_key)
    record(cashier, late, Answer.captured("txn-late"), LATER)
    payment = payment_of(cashier, order_id)
    assert payment.status is PaymentStatus.SUCCESS
    assert payment.captured_cents - payment.refunded_cents == AMOUNT
    assert money_at_the_provider(cashier) == AMOUNT


def test_charges_against_voids_make_one_verdict_and_money_agrees(
    cashier: Cashier, steps: RecordedSteps, order_id: str
) -> None:
    orders = [str(uuid4()) for _ in range(20)]
    for order in orders:
        announce(cashier, order, task_token=order)
    won = {True: 0, False: 0}
    for number, order in enumerate(orders):
        start = Barrier(3)

        def charge(order: str = order, start: Barrier = start, number: int = number) -> bool:
            token = simulator.OK if number % 2 else simulator.TIMEOUT_AFTER
            start.wait()
            try:
                return pay(cashier, order, token)[1]
            except (PaymentNotPayable, AttemptOpen):
                return False

        def void(order: str = order, start: Barrier = start) -> Verdict:
            start.wait()
            return settle(cashier, order)

        with ThreadPoolExecutor(3) as threads:
            charged = threads.submit(charge)
            settled = [threads.submit(void) for _ in range(2)]
            charged.result(timeout=30)
            verdicts = {future.result(timeout=30) for future in settled}
        assert len(verdicts) == 1
        is_paid = verdicts == {Verdict.SUCCESS}
        payment = payment_of(cashier, order)
        assert payment.verdict in verdicts
        assert payment.captured_cents - payment.refunded_cents == (AMOUNT if is_paid else 0)
        won[is_paid] += 1
    assert money_at_the_provider(cashier) == won[True] * AMOUNT
    assert sorted(signal["taskToken"] for signal in steps.signals) == sorted(orders)


def test_of_two_different_charges_at_once_one_attempt_is_open(
    cashier: Cashier, order_id: str
) -> None:
    announce(cashier, order_id)
    start = Barrier(8)

    def charge(number: int) -> str:
        start.wait()
        try:
            pay(cashier, order_id, simulator.TIMEOUT_AFTER, f"key-{number}")
        except AttemptOpen as refusal:
            return refusal.code()
        return "unknown"

    with ThreadPoolExecutor(8) as threads:
        answers = sorted(threads.map(charge, range(8)))
    assert answers == ["attempt-open"] * 7 + ["unknown"]
    assert (outcomes(cashier), money_at_the_provider(cashier)) == (["UNKNOWN"], AMOUNT)


def _cancelled_attempt(cashier: Cashier, order_id: str) -> Attempt:
    """An attempt that the provider says it has cancelled."""
    announce(cashier, order_id)
    pay(cashier, order_id, simulator.TIMEOUT_BEFORE)
    commands.relay(cashier, LATER)
    with transaction(cashier.engine) as connection:
        cancelled = attempts.find_asked(connection, payment_id_of(order_id), "charge:key-1")
    assert cancelled is not None
    assert cancelled.outcome == "CANCELLED"
    return cancelled


def _charge_after_all(cashier: Cashier, key: str) -> None:
    """A provider that breaks its word: it charges what it said it had cancelled."""
    with transaction(cashier.engine) as connection:
        connection.exec_driver_sql(
            "UPDATE simulator_charges SET outcome = 'CAPTURED', transaction_id = 'txn-late',"
            f" amount_cents = {AMOUNT}, currency = 'INR' WHERE key = '{key}'"
        )


def _land_late(cashier: Cashier, order_id: str) -> Attempt:
    """A voided payment whose cancelled attempt was charged after all."""
    late = _cancelled_attempt(cashier, order_id)
    assert settle(cashier, order_id) is Verdict.VOIDED
    _charge_after_all(cashier, late.attempt_key)
    return late
