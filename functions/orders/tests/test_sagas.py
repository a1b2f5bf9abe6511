"""What orders asks of Step Functions."""

import json
import time
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from embedded.config import free_port

from functions.orders.domain import PaymentState
from functions.orders.refund_terms import RefundWanted
from functions.orders.sagas import Run, Sagas
from functions.orders.tests.stand_ins import an_order
from functions.shared import aws, correlation
from functions.shared.idempotency import derived_id
from functions.shared.observability import metrics
from functions.shared.problems import ServiceUnavailable


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
    # By whoever asks for it again, it goes back to the request that placed the order.
    for request_id in ("request-2", "request-3"):
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
