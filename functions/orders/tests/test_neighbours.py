"""What orders asks of other domains, as their task functions are called, and of Step Functions."""

import io
import json
import time
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from embedded.config import free_port

from functions.orders.domain import Line, Order, PaymentState, amounts_of
from functions.orders.neighbours import Catalog, Held, Payment, Payments, Seating
from functions.orders.problems import SeatsUnavailable
from functions.orders.refund_terms import RefundPolicy, RefundWanted
from functions.orders.sagas import Run, Sagas
from functions.orders.tests.stand_ins import line
from functions.shared import aws, correlation
from functions.shared.idempotency import derived_id
from functions.shared.observability import metrics
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


def an_order(order_id: str, lines: tuple[Line, ...] = (line(1),)) -> Order:
    return Order(
        order_id=order_id,
        user_id=3,
        event_id=7,
        organizer_id=5,
        reservation_id="res-1",
        lines=lines,
        amounts=amounts_of([each.price_cents for each in lines]),
        currency="INR",
        request_hash="0" * 64,
        expires_at=NOW + timedelta(minutes=15),
        created_at=NOW,
        updated_at=NOW,
    )


@pytest.fixture
def machine(aws_endpoint: str) -> str:
    """A state machine that ends at once."""
    definition = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}
    return boto3.client("stepfunctions").create_state_machine(
        name=f"machine-{uuid4().hex[:8]}",
        definition=json.dumps(definition),
        roleArn="arn:aws:iam::000000000000:role/machine",
    )["stateMachineArn"]


def started(machine: str) -> list[tuple[str, Any]]:
    client = boto3.client("stepfunctions")
    return [
        (
            run["name"],
            json.loads(client.describe_execution(executionArn=run["executionArn"])["input"]),
        )
        for run in client.list_executions(stateMachineArn=machine)["executions"]
    ]


def test_a_booking_started_twice_is_started_once(machine: str) -> None:
    sagas = Sagas(aws.step_functions(), machine, machine)
    order = an_order(str(uuid4()))._replace(correlation_id="request-1")
    # By a later request, too, it goes back to the one that placed the order.
    for request_id in ("request-1", "request-2"):
        with correlation.under(request_id):
            sagas.book(order, None)
    assert started(machine) == [
        (
            order.order_id,
            {
                "orderId": order.order_id,
                "reservationId": "res-1",
                "userId": 3,
                "eventId": 7,
                "organizerId": 5,
                "amountCents": 1102,
                "currency": "INR",
                "expiresAt": "2026-11-22T12:15:00.000Z",
                "paymentMethod": None,
                "correlationId": "request-1",
            },
        )
    ]


def test_a_refund_is_named_as_payments_names_the_whole_of_it(machine: str) -> None:
    sagas = Sagas(aws.step_functions(), machine, machine)
    payment = PaymentState(str(uuid4()), "SUCCESS")
    order = an_order(str(uuid4()))
    with correlation.under("request-2"):
        sagas.refund(order, payment, "cancelled")
    sagas.refund(order, payment, "cancelled")
    refund_id = derived_id("refund", payment.payment_id)
    assert started(machine) == [
        (
            refund_id,
            {
                "orderId": order.order_id,
                "refundId": refund_id,
                "paymentId": payment.payment_id,
                "seatIds": None,
                "amountCents": None,
                "reason": "cancelled",
                "force": True,
                "correlationId": "request-2",
            },
        )
    ]


def test_a_refund_of_some_tickets_is_started_as_it_is_wanted(machine: str) -> None:
    sagas = Sagas(aws.step_functions(), machine, machine)
    order = an_order(str(uuid4()))
    wanted = RefundWanted(str(uuid4()), (2,), 500, "cannot come")
    sagas.refund(order, PaymentState("pay-1", "SUCCESS"), "unused", wanted)
    ((name, given),) = started(machine)
    assert name == given["refundId"] == wanted.refund_id
    assert (given["seatIds"], given["amountCents"], given["reason"], given["force"]) == (
        [2],
        500,
        "cannot come",
        False,
    )


def test_a_refund_that_broke_off_is_run_again_when_it_is_asked_for_again(
    waiting_machine: str,
) -> None:
    sagas = Sagas(aws.step_functions(), "none", waiting_machine)
    payment = PaymentState(str(uuid4()), "SUCCESS")
    refund_id = derived_id("refund", payment.payment_id)
    order = an_order(str(uuid4()))._replace(refund_id=refund_id)
    sagas.refund(order, payment, "cancelled")
    sagas.stop(sagas.runs_of(order)[-1])
    for _ in range(2):
        sagas.refund(order, payment, "cancelled")
    first, second = sagas.runs_of(order)
    assert (first.is_broken_off, second.is_running) == (True, True)
    sagas.stop(second)


def test_a_refund_that_breaks_off_again_and_again_is_left_to_a_person(
    waiting_machine: str,
) -> None:
    sagas = Sagas(aws.step_functions(), "none", waiting_machine)
    payment = PaymentState(str(uuid4()), "SUCCESS")
    order = an_order(str(uuid4()))._replace(refund_id=derived_id("refund", payment.payment_id))
    for _ in range(10):
        sagas.refund(order, payment, "cancelled")
        sagas.stop(sagas.runs_of(order)[-1])
    metrics.clear_metrics()
    sagas.refund(order, payment, "cancelled")
    assert metrics.metric_set["orders_contradictory_total"]["Value"] == [1]
    metrics.clear_metrics()
    assert len(sagas.runs_of(order)) == 10


def test_a_machine_that_cannot_be_started_is_a_503(machine: str) -> None:
    sagas = Sagas(aws.step_functions(), f"{machine}-absent", machine)
    with pytest.raises(ServiceUnavailable):
        sagas.book(an_order(str(uuid4())), None)


@pytest.fixture
def waiting_machine(aws_endpoint: str) -> str:
    """A state machine that goes on until it is stopped."""
    wait = {"Type": "Wait", "Seconds": 600, "End": True}
    return boto3.client("stepfunctions").create_state_machine(
        name=f"machine-{uuid4().hex[:8]}",
        definition=json.dumps({"StartAt": "Wait", "States": {"Wait": wait}}),
        roleArn="arn:aws:iam::000000000000:role/machine",
    )["stateMachineArn"]


def test_a_booking_that_runs_is_stopped_and_once_is_enough(waiting_machine: str) -> None:
    sagas, order = Sagas(aws.step_functions(), waiting_machine, "none"), an_order(str(uuid4()))
    assert sagas.runs_of(order) == []
    sagas.book(order, None)
    [run] = sagas.runs_of(order)
    assert run.is_running
    for _ in range(2):
        sagas.stop(run)
    [stopped] = sagas.runs_of(order)
    assert (stopped.is_running, stopped.is_broken_off) == (False, True)


def test_a_saga_that_ended_meanwhile_is_not_stopped_any_more(machine: str) -> None:
    sagas, order = Sagas(aws.step_functions(), machine, machine), an_order(str(uuid4()))
    sagas.book(order, None)
    deadline = time.monotonic() + 10
    while sagas.runs_of(order)[0].is_running and time.monotonic() < deadline:
        time.sleep(0.05)
    [run] = sagas.runs_of(order)
    sagas.stop(run._replace(status="RUNNING"))
    assert sagas.runs_of(order) == [run]
    assert not run.is_broken_off


def test_every_run_of_a_refund_is_found_under_the_names_that_payments_gives_them(
    waiting_machine: str,
) -> None:
    sagas = Sagas(aws.step_functions(), "none", waiting_machine)
    order = an_order(str(uuid4()))._replace(refund_id=str(uuid4()))
    client = boto3.client("stepfunctions")
    for name in (order.refund_id, f"{order.refund_id}-2", f"{order.refund_id}-4"):
        client.start_execution(stateMachineArn=waiting_machine, name=str(name))
    executions = waiting_machine.replace(":stateMachine:", ":execution:")
    runs = sagas.runs_of(order)
    # The fourth is nobody's: a run begins only when the one before it broke off.
    assert runs == [Run(f"{executions}:{order.refund_id}{run}", "RUNNING") for run in ("", "-2")]
    for run in runs:
        sagas.stop(run)


def test_a_saga_that_nobody_can_be_asked_about_is_a_503(aws_endpoint: str) -> None:
    client = boto3.client(
        "stepfunctions",
        endpoint_url=f"http://127.0.0.1:{free_port()}",
        config=Config(retries={"total_max_attempts": 1}),
    )
    sagas = Sagas(client, "arn:stateMachine:booking", "arn:stateMachine:refund")
    with pytest.raises(ServiceUnavailable):
        sagas.runs_of(an_order("o"))
    with pytest.raises(ServiceUnavailable):
        sagas.stop(Run("arn:execution:booking:o", "RUNNING"))
