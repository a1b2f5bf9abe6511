"""What orders asks of other domains, as their task functions are called."""

import io
import json
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import boto3
import pytest
from botocore.config import Config
from embedded.config import free_port

from functions.orders.domain import PaymentState
from functions.orders.neighbours import Catalog, Held, Payment, Payments, Seating
from functions.orders.problems import SeatsUnavailable
from functions.orders.refund_terms import RefundPolicy
from functions.orders.tests.stand_ins import an_order, line
from functions.shared.problems import NotFound, Problem, ServiceUnavailable
from functions.shared.tasks import TaskFailed

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RESERVATION = {
    "reservationId": "res-1",
    "userId": 3,
    "eventId": 7,
    "organizerId": 5,
    "status": "ACTIVE",
    "items": [
        {
            "seatId": seat_id,
            "section": "Stalls",
            "row": "A",
            "seatNumber": str(seat_id),
            "category": "Best",
            "priceCents": 1050,
        }
        for seat_id in (10, 9)
    ],
    "currency": "INR",
    "expiresAt": "2026-11-22T12:15:00Z",
    "totalCents": 2100,
}


class TaskFunction:
    """Lambda, as far as invoking goes: it answers `answer`."""

    def __init__(self, answer: Any, failed: str | None = None) -> None:
        self.answer = answer
        self.failed = failed
        self.calls: list[dict[str, Any]] = []

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        assert FunctionName == "tasks"
        self.calls.append(json.loads(Payload))
        reply: dict[str, Any] = {"Payload": io.BytesIO(json.dumps(self.answer).encode())}
        return reply | ({"FunctionError": self.failed} if self.failed else {})


def nobody() -> Any:
    """A client of a service that is away."""
    return boto3.client(
        "lambda",
        endpoint_url=f"http://127.0.0.1:{free_port()}",
        config=Config(retries={"total_max_attempts": 1}),
    )


def test_a_reservation_is_read_and_made_by_its_id() -> None:
    function: Any = TaskFunction(RESERVATION)
    seating = Seating(function, "tasks")
    read = seating.read_reservation("res-1")
    assert seating.reserve("res-1", 7, [10, 9], 3) == read
    # By seat, whatever the order they were asked for in.
    assert read.lines == (line(9), line(10))
    assert (read.user_id, read.event_id, read.organizer_id) == (3, 7, 5)
    assert read.expires_at == NOW + timedelta(minutes=15)
    of_orders = {"answerProblems": True, "reservationId": "res-1"}
    wish = {"eventId": 7, "seatIds": [10, 9], "userId": 3, "byOrganizer": False}
    assert function.calls == [
        {"task": "read_reservation", **of_orders},
        {"task": "reserve", **of_orders, **wish},
    ]


@pytest.mark.parametrize(
    ("told", "policy"),
    [
        ({}, None),
        ({"refundPolicy": None}, None),
        (
            {"refundPolicy": {"fullUntil": NOW.isoformat(), "thenPercent": 50}},
            RefundPolicy(NOW, 50),
        ),
    ],
)
def test_a_reservation_says_what_will_be_given_back(
    told: dict[str, Any], policy: RefundPolicy | None
) -> None:
    function: Any = TaskFunction(RESERVATION | told)
    assert Seating(function, "tasks").read_reservation("res-1").refund_policy == policy


def test_a_refusal_of_seating_keeps_its_name_and_its_seats() -> None:
    refusal = SeatsUnavailable("Taken.", unavailableSeats=[9]).document()
    function: Any = TaskFunction({"problem": refusal})
    # By its code: seating has a class of this name, too, where both are loaded.
    with pytest.raises(Problem) as refused:
        Seating(function, "tasks").reserve("res-1", 7, [9], 3)
    assert refused.value.code() == "seats-unavailable"
    assert refused.value.extensions == {"unavailableSeats": [9]}


def test_a_payment_is_settled_for_a_reason() -> None:
    function: Any = TaskFunction({"paymentId": "pay-1", "verdict": "CAPTURED"})
    assert Payments(function, "tasks").settle("o", "cancelled") == "CAPTURED"
    assert function.calls == [
        {"task": "settle_payment", "answerProblems": True, "orderId": "o", "reason": "cancelled"}
    ]


def test_a_payment_that_nobody_has_heard_of_is_none() -> None:
    function: Any = TaskFunction({"problem": NotFound("No payment.").document()})
    assert Payments(function, "tasks").read("o") is None
    known: Any = TaskFunction({"paymentId": "pay-1", "status": "FAILED", "verdict": "PENDING"})
    assert Payments(known, "tasks").read("o") == PaymentState("pay-1", "FAILED")


def test_a_payment_is_shown_only_if_payments_answers() -> None:
    crashed: Any = TaskFunction({"errorMessage": "boom"}, failed="Unhandled")
    for payments in (Payments(nobody(), "tasks"), Payments(crashed, "tasks")):
        assert payments.glimpse("o") is None
        with pytest.raises(ServiceUnavailable):
            payments.read("o")


def test_a_record_is_read_as_it_was_written() -> None:
    record = {"reservationId": "res-1", "status": "PAYING", "orderId": "o"}
    function: Any = TaskFunction(record)
    assert Seating(function, "tasks").read_record("res-1") == Held("PAYING", "o")
    assert function.calls == [
        {"task": "read_record", "answerProblems": True, "reservationId": "res-1"}
    ]
    absent: Any = TaskFunction({"problem": NotFound("No reservation.").document()})
    assert Seating(absent, "tasks").read_record("res-1") is None


def test_lost_seats_are_told_from_seats_that_could_not_be_sold_just_now() -> None:
    class SeatsLost(Problem):
        status = HTTPStatus.CONFLICT

    lost: Any = TaskFunction({"problem": SeatsLost("Gone.").document()})
    assert Seating(lost, "tasks").allocate("res-1", "o") is False
    sold: Any = TaskFunction({"status": "COMPLETED"})
    assert Seating(sold, "tasks").allocate("res-1", "o") is True
    busy: Any = TaskFunction({"problem": ServiceUnavailable("Busy.").document()})
    with pytest.raises(ServiceUnavailable):
        Seating(busy, "tasks").allocate("res-1", "o")


def test_seats_are_given_back_as_the_sagas_give_them_back() -> None:
    function: Any = TaskFunction({"reservationId": "res-1"})
    seating, order = Seating(function, "tasks"), an_order("o", (line(9), line(10)))
    seating.release("res-1", "o")
    seating.release_sold(order, [9])
    of_order = {"answerProblems": True, "reservationId": "res-1", "orderId": "o"}
    sold = {"eventId": 7, "seatIds": [9], "userId": 3}
    assert function.calls == [
        {"task": "release_seats", **of_order},
        {"task": "release_sold_seats", **of_order, **sold},
    ]


def test_a_payment_says_why_it_was_voided_and_is_refunded_by_an_id() -> None:
    answer = {"paymentId": "pay-1", "status": "VOIDED", "voidReason": "cancelled"}
    function: Any = TaskFunction(answer)
    payments = Payments(function, "tasks")
    assert payments.describe("o") == Payment(PaymentState("pay-1", "VOIDED"), "cancelled")
    payments.refund("o", "refund-1", None, 500)
    wanted = {"orderId": "o", "refundId": "refund-1", "reason": None, "amountCents": 500}
    assert function.calls[1] == {"task": "refund_payment", "answerProblems": True, **wanted}


@pytest.mark.parametrize(
    ("said", "is_repaid"), [("REFUNDED", True), ("PENDING", False), (None, False)]
)
def test_a_payment_says_whether_a_refund_of_it_is_paid(said: str | None, is_repaid: bool) -> None:
    answer = {"paymentId": "pay-1", "status": "SUCCESS", "refundStatus": said}
    function: Any = TaskFunction(answer)
    found = Payments(function, "tasks").describe("o", "refund-1")
    assert found == Payment(PaymentState("pay-1", "SUCCESS"), None, is_repaid)
    asked = {"task": "read_payment", "answerProblems": True, "orderId": "o"}
    assert function.calls == [{**asked, "refundId": "refund-1"}]


def test_an_events_organizer_is_the_catalogs_word() -> None:
    function: Any = TaskFunction({"eventId": 7, "organizerId": 5})
    assert Catalog(function, "tasks").organizer_of(7) == 5


def test_a_function_that_crashed_is_a_503() -> None:
    crashed: Any = TaskFunction({"errorMessage": "boom"}, failed="Unhandled")
    with pytest.raises(TaskFailed):
        Catalog(crashed, "tasks").organizer_of(7)
