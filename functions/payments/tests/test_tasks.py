"""The tasks as the sagas and orders call them: what they take, answer and refuse."""

import json
from types import ModuleType
from typing import Any

import pytest

from functions.payments.cashier import Cashier
from functions.payments.domain import PaymentNotRefundable, payment_id_of
from functions.payments.providers import simulator
from functions.payments.tests.desk import AMOUNT, money_at_the_provider, outcomes, payment_of
from functions.payments.tests.stand_ins import FlakyProvider, RecordedSteps
from functions.shared.problems import NotFound
from functions.shared.tests.gateway import FakeContext


class Saga:
    """Calls tasks as a state machine does."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def __call__(self, task: str, **fields: Any) -> Any:
        return self.module.handler({"task": task, **fields}, FakeContext())

    def collect(self, order_id: str, method: dict[str, Any] | None = None) -> Any:
        return self(
            "collect_payment",
            orderId=order_id,
            userId=7,
            eventId=11,
            organizerId=3,
            amountCents=AMOUNT,
            currency="INR",
            expiresAt="2100-01-01T00:00:00Z",
            taskToken="task-token",
            # A state machine passes null where there is nothing.
            paymentMethod=method,
        )


@pytest.fixture
def saga_calls(payments_tasks: ModuleType) -> Saga:
    return Saga(payments_tasks)


def test_there_are_these_tasks(payments_tasks: ModuleType) -> None:
    assert payments_tasks.tasks.names == [
        "collect_payment",
        "export_user",
        "read_payment",
        "refund_payment",
        "relay_outbox",
        "settle_payment",
    ]


def test_collecting_announces_and_waits(saga_calls: Saga, cashier: Cashier, order_id: str) -> None:
    answer = saga_calls.collect(order_id)
    assert answer == {"paymentId": payment_id_of(order_id), "status": "PENDING"}
    assert outcomes(cashier) == []


@pytest.mark.parametrize(
    ("method", "status", "by"),
    [
        ({"type": "card", "token": simulator.OK}, "SUCCESS", "simulator"),
        ({"type": "card", "token": None}, "SUCCESS", "simulator"),
        ({"type": "card"}, "SUCCESS", "simulator"),
        ({"type": "card", "token": simulator.DECLINED}, "FAILED", "simulator"),
        ({"type": "card", "token": "tok_nonsense"}, "FAILED", "simulator"),
        ({"type": "card", "token": simulator.TIMEOUT_AFTER}, "PENDING", "simulator"),
        ({"type": "boxOffice"}, "SUCCESS", "boxOffice"),
    ],
)
def test_collecting_by_a_method_charges_at_once(
    saga_calls: Saga,
    cashier: Cashier,
    order_id: str,
    method: dict[str, Any],
    status: str,
    by: str,
) -> None:
    assert saga_calls.collect(order_id, method)["status"] == status
    assert saga_calls("read_payment", orderId=order_id)["status"] == status
    assert payment_of(cashier, order_id).provider == by


@pytest.mark.parametrize(
    ("token", "verdict"),
    [
        (None, "VOIDED"),
        (simulator.OK, "CAPTURED"),
        (simulator.DECLINED, "VOIDED"),
        (simulator.TIMEOUT_BEFORE, "VOIDED"),
        (simulator.TIMEOUT_AFTER, "CAPTURED"),
    ],
)
def test_settling_answers_the_verdict(
    saga_calls: Saga, order_id: str, token: str | None, verdict: str
) -> None:
    saga_calls.collect(order_id, {"type": "card", "token": token} if token else None)
    settled = {"paymentId": payment_id_of(order_id), "verdict": verdict}
    for _ in range(2):
        assert saga_calls("settle_payment", orderId=order_id, reason="States.Timeout") == settled


def test_settling_at_a_silent_provider_answers_unknown(
    saga_calls: Saga, provider: FlakyProvider, order_id: str
) -> None:
    saga_calls.collect(order_id, {"type": "card", "token": simulator.TIMEOUT_AFTER})
    provider.down = True
    answer = saga_calls("settle_payment", orderId=order_id, reason="cancelled")
    assert answer["verdict"] == "UNKNOWN"


def test_settling_before_the_announcement_is_found_by_it(
    saga_calls: Saga, steps: RecordedSteps, order_id: str
) -> None:
    saga_calls("settle_payment", orderId=order_id, reason="cancelled")
    answer = saga_calls.collect(order_id, {"type": "card", "token": simulator.OK})
    assert answer["status"] == "VOIDED"
    assert steps.signals == [
        {"taskToken": "task-token", "error": "PaymentVoided", "cause": "cancelled"}
    ]


def test_refunding_answers_what_was_paid_back(
    saga_calls: Saga, cashier: Cashier, order_id: str
) -> None:
    saga_calls.collect(order_id, {"type": "card"})
    paid_back = {
        "paymentId": payment_id_of(order_id),
        "refundId": "r-1",
        "status": "REFUNDED",
        "refundedCents": AMOUNT,
    }
    for _ in range(2):
        answer = saga_calls("refund_payment", orderId=order_id, refundId="r-1", reason="SeatsLost")
        assert answer == paid_back
    assert money_at_the_provider(cashier) == 0


def test_a_part_is_refunded_and_read_by_its_id(saga_calls: Saga, order_id: str) -> None:
    saga_calls.collect(order_id, {"type": "card"})
    asked = {"orderId": order_id, "refundId": "r-1"}
    assert saga_calls("read_payment", **asked)["refundStatus"] is None
    answer = saga_calls("refund_payment", **asked, amountCents=1200)
    assert (answer["status"], answer["refundedCents"]) == ("REFUNDED", 1200)
    read = saga_calls("read_payment", **asked)
    assert (read["status"], read["refundStatus"]) == ("PARTIALLY_REFUNDED", "REFUNDED")
    assert saga_calls("read_payment", orderId=order_id)["refundStatus"] is None


def test_a_refusal_is_raised_to_a_saga_and_answered_to_a_domain(
    saga_calls: Saga, order_id: str
) -> None:
    saga_calls.collect(order_id)
    with pytest.raises(PaymentNotRefundable):
        saga_calls("refund_payment", orderId=order_id, refundId="r-1")
    asked = {"orderId": "unknown", "answerProblems": True}
    assert saga_calls("read_payment", **asked)["problem"]["code"] == "not-found"
    with pytest.raises(NotFound):
        saga_calls("refund_payment", orderId="unknown", refundId="r-1")


def test_the_relay_says_what_it_did(saga_calls: Saga) -> None:
    assert saga_calls("relay_outbox") == {"delivered": 0, "resolved": 0, "refunded": 0}


def test_captures_declines_and_refunds_are_counted(
    saga_calls: Saga, order_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    saga_calls.collect(order_id, {"type": "card"})
    saga_calls.collect("declined", {"type": "card", "token": simulator.DECLINED})
    saga_calls("refund_payment", orderId=order_id, refundId="r-1")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    counted = [
        (name, line.get("reason"))
        for line in lines
        for name in ("payments_total", "payments_failed_total", "refunds_total")
        if "_aws" in line and line.get(name) == [1]
    ]
    assert counted == [
        ("payments_total", None),
        ("payments_failed_total", "declined"),
        ("refunds_total", None),
    ]
