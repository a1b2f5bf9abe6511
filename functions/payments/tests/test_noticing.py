"""What a provider says by webhook counts like its answer: before it, after it, twice, too late."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from functions.payments.cashier import Cashier
from functions.payments.domain import ContradictoryCapture, Outcome, PaymentStatus, attempt_key_of
from functions.payments.noticing import take_notice
from functions.payments.providers import simulator
from functions.payments.providers.notices import capture_notice
from functions.payments.providers.port import Answer
from functions.payments.providers.simulator import Simulator
from functions.payments.tests.desk import (
    AMOUNT,
    NOW,
    announce,
    money_at_the_provider,
    outcomes,
    pay,
    payment_of,
    rows,
    settle,
)
from functions.payments.tests.stand_ins import FlakyProvider, RecordedBus, RecordedSteps
from functions.shared.observability import metrics


def captured(order_id: str, attempt: int = 1, **changed: Any) -> str:
    """The simulator's word that it has captured what was due."""
    taken: dict[str, Any] = {"amount_cents": AMOUNT, "currency": "INR"} | changed
    answer = Answer.captured("sim_1", **taken)
    return json.dumps(capture_notice(attempt_key_of(order_id, attempt), answer, NOW))


def take(cashier: Cashier, body: str, provider: str = Simulator.name) -> bool:
    return take_notice(cashier, provider, body, NOW)


def from_stripe(kind: str, order_id: str | None, **intent: Any) -> str:
    """A PaymentIntent's event as Stripe sends it, as far as we read it."""
    metadata = {} if order_id is None else {"attempt_key": attempt_key_of(order_id, 1)}
    shape = {"id": "pi_1", "object": "payment_intent", "metadata": metadata, "currency": "inr"}
    return json.dumps(
        {
            "id": f"evt_{kind}",
            "object": "event",
            "type": kind,
            "data": {"object": shape | {"amount": AMOUNT, "amount_received": 0} | intent},
        }
    )


@pytest.fixture
def late(cashier: Cashier, order_id: str) -> str:
    """An order whose charge the provider is still working on."""
    announce(cashier, order_id)
    assert pay(cashier, order_id, simulator.LATE)[1] is False
    return order_id


def test_a_notice_makes_the_verdict_and_tells_the_booking(
    cashier: Cashier, late: str, steps: RecordedSteps, bus: RecordedBus
) -> None:
    assert take(cashier, captured(late))
    assert payment_of(cashier, late).status is PaymentStatus.SUCCESS
    assert [signal["output"]["status"] for signal in steps.signals] == ["SUCCESS"]
    assert len(bus.named("PaymentSucceeded", late)) == 1


def test_a_notice_that_comes_again_has_no_effect(
    cashier: Cashier, late: str, steps: RecordedSteps, bus: RecordedBus
) -> None:
    assert take(cashier, captured(late))
    before = payment_of(cashier, late)
    assert not take(cashier, captured(late))
    assert payment_of(cashier, late) == before
    assert len(steps.signals) == len(bus.events) == 1


def test_of_sixteen_equal_notices_at_once_one_has_an_effect(
    cashier: Cashier, late: str, bus: RecordedBus
) -> None:
    start = Barrier(16)

    def send(_: int) -> bool:
        start.wait()
        return take(cashier, captured(late))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(send, range(16)))
    assert len(bus.named("PaymentSucceeded", late)) == 1
    assert payment_of(cashier, late).captured_cents == AMOUNT


def test_a_notice_before_the_providers_own_answer_makes_it_old_news(
    cashier: Cashier, order_id: str, provider: FlakyProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce(cashier, order_id)
    charge = provider.charge

    def overtaken(*asked: Any) -> Answer:
        answer = charge(*asked)
        assert take(cashier, captured(order_id))
        return answer

    monkeypatch.setattr(provider, "charge", overtaken)
    payment, is_captured = pay(cashier, order_id)
    assert is_captured
    assert (payment.captured_cents, outcomes(cashier)) == (AMOUNT, [Outcome.CAPTURED])


def test_money_that_a_notice_brings_after_the_void_is_sent_back_once(
    cashier: Cashier, order_id: str, provider: FlakyProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce(cashier, order_id)
    pay(cashier, order_id, simulator.TIMEOUT_AFTER)
    # The provider loses track of what it took, and finds it again.
    monkeypatch.setattr(provider, "find", lambda _: None)
    monkeypatch.setattr(provider, "cancel", lambda _: Answer.cancelled())
    assert settle(cashier, order_id, NOW + timedelta(hours=1)) == "VOIDED"
    assert money_at_the_provider(cashier) == AMOUNT
    assert take(cashier, captured(order_id))
    assert not take(cashier, captured(order_id))
    assert money_at_the_provider(cashier) == 0
    assert payment_of(cashier, order_id).status is PaymentStatus.VOIDED
    assert rows(cashier, "SELECT count(*) FROM refunds") == [(1,)]


@pytest.mark.parametrize("changed", [{"amount_cents": AMOUNT - 1}, {"currency": "EUR"}])
def test_other_money_than_was_due_decides_nothing(
    cashier: Cashier, late: str, changed: dict[str, Any]
) -> None:
    with pytest.raises(ContradictoryCapture):
        take(cashier, captured(late, **changed))
    assert payment_of(cashier, late).status is PaymentStatus.PENDING
    assert outcomes(cashier) == [Outcome.UNKNOWN]
    assert rows(cashier, "SELECT count(*) FROM notices") == [(0,)], "it must come again"


def test_a_notice_that_broke_off_is_acted_on_when_it_comes_again(
    cashier: Cashier, late: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("functions.payments.store.notices.add", _die)
        with pytest.raises(RuntimeError):
            take(cashier, captured(late))
    assert payment_of(cashier, late).status is PaymentStatus.SUCCESS
    assert take(cashier, captured(late))
    assert payment_of(cashier, late).captured_cents == AMOUNT


def test_a_notice_of_another_providers_charge_is_none_of_ours(cashier: Cashier, late: str) -> None:
    assert take(
        cashier, from_stripe("payment_intent.succeeded", late, amount_received=AMOUNT), "stripe"
    )
    assert take(cashier, from_stripe("payment_intent.canceled", None), "stripe")
    assert payment_of(cashier, late).status is PaymentStatus.PENDING


def test_stripes_words_for_what_became_of_a_charge(
    cashier: Cashier, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of order: what was captured stays captured, whatever is told afterwards."""
    announce(cashier, order_id)
    pay(cashier, order_id, simulator.LATE)
    with cashier.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE attempts SET provider = 'stripe'")
    took = {"amount_received": AMOUNT}
    assert take(cashier, from_stripe("payment_intent.processing", order_id), "stripe")
    assert outcomes(cashier) == [Outcome.UNKNOWN]
    assert take(cashier, from_stripe("payment_intent.payment_failed", order_id), "stripe")
    assert outcomes(cashier) == [Outcome.DECLINED]
    assert take(cashier, from_stripe("payment_intent.succeeded", order_id, **took), "stripe")
    assert outcomes(cashier) == [Outcome.CAPTURED]
    assert take(cashier, from_stripe("payment_intent.canceled", order_id), "stripe")
    assert outcomes(cashier) == [Outcome.CAPTURED]
    assert payment_of(cashier, order_id).status is PaymentStatus.SUCCESS


def _die(*_: object) -> None:
    raise RuntimeError("the process died")


@pytest.mark.parametrize(
    ("kind", "metric"),
    [
        ("refund.failed", "payments_refunds_failed_total"),
        ("charge.dispute.created", "payments_disputed_total"),
    ],
)
def test_what_only_a_person_can_mend_is_counted_once(
    cashier: Cashier, kind: str, metric: str
) -> None:
    metrics.clear_metrics()
    body = json.dumps({"id": "evt_1", "type": kind, "data": {"object": {"id": "x"}}})
    assert take(cashier, body, "stripe")
    assert not take(cashier, body, "stripe")
    assert metrics.metric_set[metric]["Value"] == [1]
    metrics.clear_metrics()
