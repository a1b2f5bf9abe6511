"""What is told, to Step Functions and the bus as they really are, and what is told again."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import boto3
import pytest

from functions.payments import commands
from functions.payments.announcements import Announcer
from functions.payments.cashier import Cashier
from functions.payments.refund_machine import RefundMachine
from functions.payments.refunding import give_back
from functions.payments.tests.desk import NOW, announce, pay, rows, settle
from functions.payments.tests.stand_ins import RecordedBus, RecordedSteps
from functions.shared import aws
from functions.shared.outbox import Message
from functions.shared.problems import ServiceUnavailable

ROLE = "arn:aws:iam::000000000000:role/test"


@pytest.fixture
def queue(aws_endpoint: str) -> Iterator[str]:
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName=f"tokens-{uuid4().hex}")["QueueUrl"]
    yield url
    sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def bus_name(queue: str) -> Iterator[str]:
    """A bus whose events of ours end up in the queue."""
    events, name = boto3.client("events"), f"bus-{uuid4().hex}"
    events.create_event_bus(Name=name)
    pattern = json.dumps({"source": ["boxoffice.payments"]})
    events.put_rule(Name="ours", EventBusName=name, EventPattern=pattern)
    arn = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    queue_arn = arn["Attributes"]["QueueArn"]
    targets: list[Any] = [{"Id": "queue", "Arn": queue_arn}]
    events.put_targets(Rule="ours", EventBusName=name, Targets=targets)
    yield name
    events.remove_targets(Rule="ours", EventBusName=name, Ids=["queue"])
    events.delete_rule(Name="ours", EventBusName=name)
    events.delete_event_bus(Name=name)


@pytest.fixture
def waiting(queue: str) -> dict[str, str]:
    """An execution that waits by a task token, as a booking waits in CollectPayment."""
    definition = {
        "StartAt": "Wait",
        "States": {
            "Wait": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                "TimeoutSeconds": 60,
                "Parameters": {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token"}},
                "End": True,
            }
        },
    }
    execution = _start(definition)
    return {"token": json.loads(_received(queue))["token"], "execution": execution}


def test_a_capture_lets_the_booking_go_on(
    cashier: Cashier, waiting: dict[str, str], order_id: str
) -> None:
    desk = _really(cashier)
    announce(desk, order_id, task_token=waiting["token"])
    payment, _ = pay(desk, order_id)
    execution = _ended(waiting["execution"])
    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"]) == {
        "paymentId": payment.payment_id,
        "status": "SUCCESS",
    }


def test_a_void_fails_the_wait_by_its_name(
    cashier: Cashier, waiting: dict[str, str], order_id: str
) -> None:
    desk = _really(cashier)
    announce(desk, order_id, task_token=waiting["token"])
    settle(desk, order_id)
    execution = _ended(waiting["execution"])
    assert (execution["status"], execution["error"]) == ("FAILED", "PaymentVoided")


def test_a_token_already_used_or_never_issued_counts_as_told(
    cashier: Cashier, waiting: dict[str, str], order_id: str
) -> None:
    boto3.client("stepfunctions").send_task_success(taskToken=waiting["token"], output="{}")
    _ended(waiting["execution"])
    desk = _really(cashier)
    for number, token in enumerate([waiting["token"], "no-such-token"]):
        announce(desk, f"{order_id}-{number}", task_token=token)
        settle(desk, f"{order_id}-{number}")
    assert rows(cashier, "SELECT kind FROM outbox WHERE kind = 'signal'") == []


@pytest.mark.parametrize("refusal", ["TaskDoesNotExist", "TaskTimedOut", "InvalidToken"])
def test_each_way_of_a_token_being_gone_is_normal(
    cashier: Cashier, steps: RecordedSteps, bus: RecordedBus, order_id: str, refusal: str
) -> None:
    steps.gone["task-token"] = getattr(steps.exceptions, refusal)
    announce(cashier, order_id, "card")
    assert rows(cashier, "SELECT * FROM outbox") == []
    assert len(bus.named("PaymentSucceeded", order_id)) == 1


def test_another_refusal_is_told_again_until_it_is_heard(
    cashier: Cashier, steps: RecordedSteps, bus: RecordedBus, order_id: str
) -> None:
    steps.gone["task-token"] = steps.exceptions.ClientError
    bus.down = True
    # The customer has their answer all the same.
    assert announce(cashier, order_id, "card").status == "SUCCESS"
    assert rows(cashier, "SELECT kind FROM outbox ORDER BY 1") == [("event",), ("signal",)]
    steps.gone.clear()
    bus.down = False
    assert commands.relay(cashier, NOW + timedelta(minutes=1))["delivered"] == 2
    assert (len(steps.signals), len(bus.events)) == (1, 1)


def test_a_refund_is_never_told_before_the_payment(
    cashier: Cashier, bus: RecordedBus, order_id: str
) -> None:
    bus.down = True
    payment = announce(cashier, order_id, "card")
    bus.down = False
    # The payment's own event is put off; others' are not.
    give_back(cashier, payment.payment_id, "refund-1", None, NOW)
    announce(cashier, f"{order_id}-other", "card")
    assert [detail["orderId"] for _, detail in bus.events] == [f"{order_id}-other"]
    commands.relay(cashier, NOW + timedelta(minutes=1))
    assert [name for name, detail in bus.events if detail["orderId"] == order_id] == [
        "PaymentSucceeded",
        "PaymentRefunded",
    ]


def test_an_event_reaches_the_bus(
    cashier: Cashier, bus_name: str, queue: str, order_id: str
) -> None:
    desk = _really(cashier, bus_name)
    payment = announce(desk, order_id, "card")
    event = json.loads(_received(queue))
    assert (event["source"], event["detail-type"]) == ("boxoffice.payments", "PaymentSucceeded")
    assert event["detail"]["paymentId"] == payment.payment_id


def test_a_message_of_unknown_kind_is_not_lost_silently(cashier: Cashier) -> None:
    with pytest.raises(ValueError, match="letter"):
        cashier.announcer.deliver(Message("letter", {}))


def test_the_refund_machine_runs_once_and_again_only_after_a_failure(aws_endpoint: str) -> None:
    succeeding = _machine({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
    failing = _machine(
        {"StartAt": "End", "States": {"End": {"Type": "Fail", "Error": "RefundParked"}}}
    )
    steps = aws.step_functions()
    for machine, is_done, runs in [(succeeding, True, 1), (failing, False, 2)]:
        refunds = RefundMachine(steps, machine)
        refund_id = str(uuid4())
        assert refunds.run(refund_id, {"orderId": "o"}) is is_done
        assert refunds.run(refund_id, {"orderId": "o"}) is is_done
        executions = boto3.client("stepfunctions").list_executions(stateMachineArn=machine)
        assert len(executions["executions"]) == runs


def test_a_refund_machine_that_is_not_there_is_a_503(aws_endpoint: str) -> None:
    arn = "arn:aws:states:us-east-1:000000000000:stateMachine:absent"
    with pytest.raises(ServiceUnavailable):
        RefundMachine(aws.step_functions(), arn).run("refund", {})


def _really(cashier: Cashier, bus_name: str = "default") -> Cashier:
    """The same cashier, telling the emulated AWS."""
    announcer = Announcer(aws.eventbridge(), bus_name, aws.step_functions())
    return replace(cashier, announcer=announcer)


def _machine(definition: dict[str, Any]) -> str:
    machine = boto3.client("stepfunctions").create_state_machine(
        name=f"test-{uuid4().hex}", roleArn=ROLE, definition=json.dumps(definition)
    )
    return machine["stateMachineArn"]


def _start(definition: dict[str, Any]) -> str:
    steps = boto3.client("stepfunctions")
    return steps.start_execution(stateMachineArn=_machine(definition))["executionArn"]


def _received(queue: str) -> str:
    answer = boto3.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=10)
    return answer["Messages"][0]["Body"]


def _ended(execution: str) -> Any:
    steps = boto3.client("stepfunctions")
    for _ in range(100):
        described = steps.describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            return described
        time.sleep(0.1)
    raise AssertionError("the execution did not end")
