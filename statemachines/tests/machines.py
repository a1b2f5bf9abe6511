"""Runs the real definitions on the emulated Step Functions, against scripted task functions.

Only durations differ from what is deployed: retries and waits take no time. The emulator reads an
absent path as null where AWS fails the execution, so every path of every state a run entered is
looked up again here.
"""

import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import boto3

from infra.definitions import CALLABLE, fill_in, read_definition, timeouts
from infra.environments import Windows

State = dict[str, Any]
Moves = list[dict[str, Any]]

_ROLE = "arn:aws:iam::000000000000:role/machine"
_SECONDS = 60


class Run(NamedTuple):
    """What became of an execution: `steps` are the states it entered, `calls` the tasks called."""

    status: str
    error: str | None
    steps: list[str]
    calls: list[dict[str, Any]]
    parked: list[dict[str, Any]]

    def tasks(self) -> list[str]:
        return [call["task"] for call in self.calls]

    def last(self, task: str) -> dict[str, Any]:
        """The last payload a task was called with."""
        return [call for call in self.calls if call["task"] == task][-1]


class Machines:
    """One emulator's functions and queue, and a new machine for each run."""

    def __init__(self, scripts: Path) -> None:
        self._scripts = scripts
        self._step_functions = boto3.client("stepfunctions")
        self._queues = boto3.client("sqs")
        self._queue = self._queues.create_queue(QueueName=f"parked-{uuid4().hex[:8]}")["QueueUrl"]
        self._functions = {blank: _deploy(blank, scripts) for blank in CALLABLE}

    def run(
        self,
        name: str,
        given: dict[str, Any],
        *,
        task_seconds: int = 30,
        collect_seconds: int = 30,
        queue: str | None = None,
        **script: Moves,
    ) -> Run:
        """Run a machine to its end; `script` has the moves of each task that differs."""
        scripted = str(given.get("orderId") or given["eventId"])
        (self._scripts / f"{scripted}.json").write_text(json.dumps(script))
        calls = self._scripts / f"{scripted}.calls"
        calls.unlink(missing_ok=True)
        filled = fill_in(
            read_definition(name),
            numbers={
                **timeouts(Windows()),
                "CollectPaymentTimeoutSeconds": collect_seconds,
                "BookingTimeoutSeconds": 600,
                "RefundTimeoutSeconds": 600,
            },
            strings={**self._functions, "ParkedBookings": queue or self._queue},
        )
        definition = hurried(json.loads(filled), task_seconds)
        machine = self._step_functions.create_state_machine(
            name=f"{name}-{uuid4().hex[:8]}", definition=json.dumps(definition), roleArn=_ROLE
        )
        execution = self._step_functions.start_execution(
            stateMachineArn=machine["stateMachineArn"], name=scripted, input=json.dumps(given)
        )["executionArn"]
        ended = self._await_end(execution)
        steps = []
        for step, received in self._entered(execution):
            check_paths(step, definition["States"][step], received)
            steps.append(step)
        lines = calls.read_text().splitlines() if calls.exists() else []
        return Run(
            ended["status"], ended.get("error"), steps, list(map(json.loads, lines)), self._parked()
        )

    def _await_end(self, execution: str) -> dict[str, Any]:
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            described = dict(self._step_functions.describe_execution(executionArn=execution))
            if described["status"] != "RUNNING":
                return described
            time.sleep(0.03)
        raise AssertionError(f"{execution} does not end")

    def _entered(self, execution: str) -> Iterator[tuple[str, dict[str, Any]]]:
        pages = self._step_functions.get_paginator("get_execution_history")
        for page in pages.paginate(executionArn=execution):
            for event in page["events"]:
                details = event.get("stateEnteredEventDetails")
                if details:
                    yield details["name"], json.loads(details["input"])

    def _parked(self) -> list[dict[str, Any]]:
        """What lies in the queue now; it is empty afterwards."""
        found = self._queues.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
        messages = found.get("Messages", [])
        for message in messages:
            self._queues.delete_message(
                QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"]
            )
        return [json.loads(message["Body"]) for message in messages]


def hurried(machine: State, task_seconds: int) -> State:
    """The same machine, with retries and waits that take no time, and one item after the other."""
    for state in machine["States"].values():
        if state["Type"] == "Map":
            state["MaxConcurrency"] = 1
            hurried(state["ItemProcessor"], task_seconds)
        for retry in state.get("Retry", []):
            if retry["MaxAttempts"]:
                retry |= {"IntervalSeconds": 0.01, "BackoffRate": 1}
        if state["Type"] == "Wait":
            state.pop("SecondsPath", None)
            state["Seconds"] = 0
        if state["Type"] == "Task" and not state["Resource"].endswith("waitForTaskToken"):
            state["TimeoutSeconds"] = task_seconds
    return machine


def check_paths(name: str, state: State, received: dict[str, Any]) -> None:
    """Every path that a state reads of its input must be there, if its value is null."""
    for path in paths(state):
        found: Any = received
        for part in path.removeprefix("$").strip(".").split(".") if path != "$" else []:
            assert part in found, f"{name} reads {path}, which is not in {received}"
            found = found[part]


def paths(state: State) -> Iterator[str]:
    """Reference paths into a state's input; not those of the context object or of a result."""
    read = [value for key, value in _leaves(state.get("Parameters", {})) if key.endswith(".$")]
    rules = [rule for choice in state.get("Choices", []) for rule in choice.get("And", [choice])]
    read += [rule["Variable"] for rule in rules]
    read += [state[name] for name in ("ItemsPath", "SecondsPath") if name in state]
    read += [value for name, value in _leaves(state.get("ItemSelector", {})) if name.endswith(".$")]
    yield from (path for path in read if path.startswith("$") and not path.startswith("$$"))


def _leaves(tree: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value)
        else:
            yield key, value


def _deploy(name: str, scripts: Path) -> str:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.write(Path(__file__).with_name("scripted_tasks.py"), "scripted_tasks.py")
    function = boto3.client("lambda").create_function(
        FunctionName=f"{name}-{uuid4().hex[:8]}",
        Runtime="python3.11",
        Role=_ROLE,
        Handler="scripted_tasks.handler",
        Code={"ZipFile": code.getvalue()},
        Timeout=25,
        Environment={"Variables": {"SCRIPTS": str(scripts)}},
    )
    return str(function["FunctionArn"])
