"""Functions on LocalStack, which our executor runs as processes of this machine."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from on_localstack.conftest import Running
from on_localstack.functions import ROLE, deploy, invoke, until


@pytest.fixture(scope="module")
def box(localstack: Running) -> str:
    deploy(localstack, "box", timeout_seconds=5)
    return "box"


def test_a_function_is_warm_after_its_first_call(localstack: Running, box: str) -> None:
    first, second = invoke(localstack, box)[1], invoke(localstack, box)[1]
    assert first["pid"] == second["pid"]


def test_calls_at_once_have_processes_of_their_own(localstack: Running, box: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: invoke(localstack, box, sleep=3)[1], range(3)))
    assert len({answer["pid"] for answer in answers}) == 3


def test_functions_see_nothing_of_the_machine_they_run_on(localstack: Running, box: str) -> None:
    environment = invoke(localstack, box)[1]["environment"]
    assert "SECRET_OF_THE_HOST" not in environment
    assert "LAMBDA_RUNTIME_EXECUTOR" not in environment
    assert environment["AWS_ENDPOINT_URL"] == localstack.endpoint
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == box
    assert environment["HOME"].startswith(str(localstack.state.folder))


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"raise": "gone"}, "SeatsLost"),
        ({"exit": 1}, "Runtime.ExitError"),
        ({"sleep": 60}, "Sandbox.Timedout"),
    ],
)
def test_after_a_failure_the_next_call_is_served(
    localstack: Running, box: str, event: dict[str, Any], kind: str
) -> None:
    error, told = invoke(localstack, box, **event)
    assert error == "Unhandled"
    assert told["errorType"] == kind
    assert invoke(localstack, box)[0] is None


@pytest.mark.parametrize(
    ("event", "name"),
    [({"raise": "gone"}, "SeatsLost"), ({"exit": 1}, "Runtime.ExitError")],
)
def test_a_state_machine_catches_a_failure_by_its_name(
    localstack: Running, box: str, event: dict[str, Any], name: str
) -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": box, "Payload": event},
        "Catch": [{"ErrorEquals": [name], "Next": "Caught"}],
        "End": True,
    }
    definition = {"StartAt": "Task", "States": {"Task": task, "Caught": {"Type": "Succeed"}}}
    states = localstack.client("stepfunctions")
    machine = states.create_state_machine(
        name=f"catches-{name.replace('.', '-')}", definition=json.dumps(definition), roleArn=ROLE
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]

    def ended() -> str | None:
        status = str(states.describe_execution(executionArn=execution)["status"])
        return None if status == "RUNNING" else status

    assert until(ended) == "SUCCEEDED"
    events = states.get_execution_history(executionArn=execution)["events"]
    assert "Caught" in [one.get("stateEnteredEventDetails", {}).get("name") for one in events]
