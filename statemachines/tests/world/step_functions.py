"""Step Functions in this process: it runs the shipped definitions, one state at a time.

Only what they use of the language, and an error for all else. A task that is being carried out may
be overtaken: if the clock passes its timeout while its function is still running, the execution
goes on without it and drops its late answer, as on AWS.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from botocore.exceptions import ReadTimeoutError

from functions.shared import aws
from statemachines.tests.world.clock import Clock
from statemachines.tests.world.executions import Execution, Failure, Status
from statemachines.tests.world.switchboard import Crash, Switchboard

Invoke = Callable[[str, dict[str, Any]], Any]

_TOKEN = "lambda:invoke.waitForTaskToken"
_INVOKE = "lambda:invoke"
_SEND = "sqs:sendMessage"


class Machine(NamedTuple):
    arn: str
    definition: dict[str, Any]


class StepFunctions:
    """A client's calls, as the product makes them, and the engine behind."""

    # Real ones, as boto3 makes them, so that their spelling is proven too.
    exceptions = aws.step_functions().exceptions

    def __init__(self, clock: Clock, board: Switchboard, invoke: Invoke) -> None:
        self._clock = clock
        self._board = board
        self._invoke = invoke
        self._machines: dict[str, Machine] = {}
        self.executions: dict[str, Execution] = {}
        # Of each execution that is in a Map, by its name: the items', of which some run.
        self._items: dict[str, list[Execution]] = {}
        self.parked: list[dict[str, Any]] = []
        # The signals that were ever sent, by the name of the call.
        self.signals: list[tuple[str, dict[str, str]]] = []

    def define(self, arn: str, definition: dict[str, Any]) -> None:
        self._machines[arn] = Machine(arn, definition)

    def forget(self) -> None:
        """As if nothing had ever been started."""
        self.executions.clear()
        self._items.clear()
        self.parked.clear()
        self.signals.clear()

    # What functions call.

    def start_execution(self, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: A002, N803
        machine = self._machines[stateMachineArn]
        arn = f"{machine.arn.replace(':stateMachine:', ':execution:')}:{name}"
        with self._board.effect("start_execution") as effect:
            known = self.executions.get(arn)
            if known is not None:
                effect.changes = False
                # The same input while it runs is the same execution; else the name is used up.
                if known.status is not Status.RUNNING or known.input != json.loads(input):
                    raise self.exceptions.ExecutionAlreadyExists({"Error": {}}, "StartExecution")
            else:
                self.executions[arn] = Execution(
                    arn, machine.arn, machine.definition, json.loads(input), self._clock.now
                )
        if effect.is_lost:
            raise aws_timeout()
        return {"executionArn": arn, "startDate": self._clock.now}

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803
        execution = self._find(executionArn)
        described = {
            "executionArn": executionArn,
            "name": executionArn.rpartition(":")[2],
            "stateMachineArn": execution.machine_arn,
            "status": execution.status.value,
            "input": json.dumps(execution.input),
        }
        if execution.failure is not None:
            described |= execution.failure._asdict()
        return described

    def stop_execution(
        self,
        executionArn: str,  # noqa: N803
        error: str = "",
        cause: str = "",
    ) -> dict[str, Any]:
        execution = self._find(executionArn)
        with self._board.effect("stop_execution") as effect:
            effect.changes = execution.status is Status.RUNNING
            if execution.status is Status.RUNNING:
                execution.end(Status.ABORTED, Failure(error, cause))
        return {"stopDate": self._clock.now}

    def redrive_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803
        """As AWS does, which our emulator can't; of its 14 days nothing is known here."""
        execution = self._find(executionArn)
        if execution.status not in (Status.FAILED, Status.ABORTED):
            raise self.exceptions.ExecutionNotRedrivable({"Error": {}}, "RedriveExecution")
        execution.redrive(self._clock.now)
        return {"redriveDate": self._clock.now}

    def send_task_success(self, taskToken: str, output: str) -> dict[str, Any]:  # noqa: N803
        self.signals.append(("send_task_success", {"taskToken": taskToken, "output": output}))
        return self._signal(
            taskToken, lambda execution: execution.succeed(json.loads(output), self._clock.now)
        )

    def send_task_failure(self, taskToken: str, error: str, cause: str) -> dict[str, Any]:  # noqa: N803
        said = {"taskToken": taskToken, "error": error, "cause": cause}
        self.signals.append(("send_task_failure", said))
        return self._signal(
            taskToken,
            lambda execution: execution.fail(Failure(error, cause), self._clock.now),
        )

    def _signal(self, token: str, tell: Callable[[Execution], None]) -> dict[str, Any]:
        with self._board.effect("send_task") as effect:
            for _ in range(2 if effect.is_doubled else 1):
                self._signal_once(token, tell)
        if effect.is_lost:
            raise aws_timeout()
        return {}

    def _signal_once(self, token: str, tell: Callable[[Execution], None]) -> None:
        arn, _, _ = token.rpartition("#")
        execution = self.executions.get(arn)
        if execution is None or execution.token != token:
            raise self.exceptions.TaskTimedOut({"Error": {}}, "SendTask")
        tell(execution)

    def _find(self, arn: str) -> Execution:
        if arn not in self.executions:
            raise self.exceptions.ExecutionDoesNotExist({"Error": {}}, "DescribeExecution")
        return self.executions[arn]

    # The engine.

    def next_due(self) -> datetime | None:
        """When the next execution goes on by itself."""
        dues = [execution.due_at for execution in self._running() if execution.due_at is not None]
        return min(dues, default=None)

    def run_due(self) -> None:
        """Take every state that is due by now, until none is."""
        while due := [one for one in self._running() if one.is_due(self._clock.now)]:
            for execution in due:
                # Another's step may have ended or moved it.
                if execution.is_due(self._clock.now):
                    self._step(execution)
                    self._go_on_with_map_of(execution)

    def abort_all(self) -> None:
        """All that runs is lost."""
        for execution in self._running():
            execution.end(Status.ABORTED, Failure("Blackout", ""))

    def _running(self) -> list[Execution]:
        running = [one for one in self.executions.values() if one.status is Status.RUNNING]
        items = [item for one in running for item in self._items.get(one.arn, ())]
        return [*running, *(item for item in items if item.status is Status.RUNNING)]

    def _step(self, execution: Execution) -> None:
        if execution.is_busy:
            execution.fail(Failure("States.Timeout", "took too long"), self._clock.now)
            return
        state = execution.state
        match state["Type"]:
            case "Task":
                self._carry_out(execution)
            case "Pass":
                result = state.get("Result")
                if "Parameters" in state:
                    result = execution.filled(state["Parameters"])
                execution.take(result, self._clock.now)
            case "Choice":
                execution.choose(self._clock.now)
            case "Wait":
                execution.wait(self._clock.now)
            case "Map":
                self._items[execution.arn] = execution.items_of_map(self._clock.now)
                self._go_on_with_items(execution)
            case "Fail":
                execution.end(Status.FAILED, Failure(state["Error"], state["Cause"]))
            case unknown:
                raise NotImplementedError(unknown)

    def _go_on_with_map_of(self, item: Execution) -> None:
        """Nothing, unless this is an item of a Map and has come to its end."""
        owner = self.executions.get(item.arn.partition("/")[0])
        if owner in (None, item) or item.status is Status.RUNNING:
            return
        # One that was stopped meanwhile takes no results any more.
        if owner.status is Status.RUNNING:
            self._go_on_with_items(owner)

    def _go_on_with_items(self, execution: Execution) -> None:
        """As many at once as may be; the Map ends with the last of them, or the first to fail."""
        items = self._items[execution.arn]
        failed = [item.failure for item in items if item.failure is not None]
        if failed:
            del self._items[execution.arn]
            execution.fail(failed[0], self._clock.now)
            return
        running = [item for item in items if item.status is Status.RUNNING]
        if not running:
            del self._items[execution.arn]
            execution.take([item.output for item in items], self._clock.now)
        for item in running[: execution.state.get("MaxConcurrency") or len(running)]:
            # One that runs already has a time of its own.
            item.due_at = item.due_at or self._clock.now

    def _carry_out(self, execution: Execution) -> None:
        turn = execution.begin_task(self._clock.now)
        asked = execution.filled(execution.state["Parameters"])
        kind = execution.state["Resource"].removeprefix("arn:aws:states:::")
        try:
            if kind == _SEND:
                self.parked.append(asked["MessageBody"])
                answer: Any = {}
            elif kind in (_INVOKE, _TOKEN):
                # As it would travel: a payload is JSON.
                payload = json.loads(json.dumps(asked["Payload"]))
                answer = {"Payload": self._invoke(asked["FunctionName"], payload)}
            else:
                raise NotImplementedError(kind)
        except TaskError as error:
            if execution.is_turn(turn):
                execution.fail(Failure(error.name, str(error)), self._clock.now)
            return
        except (Crash, ReadTimeoutError) as lost:
            # The engine lives on; it was its call that got lost.
            if execution.is_turn(turn):
                execution.fail(Failure("Lambda.Unknown", repr(lost)), self._clock.now)
            return
        if execution.is_turn(turn) and kind != _TOKEN:
            execution.succeed(answer, self._clock.now)


class TaskError(Exception):
    """A function failed: by an exception of this name, or by dying."""

    def __init__(self, name: str, cause: str) -> None:
        super().__init__(cause)
        self.name = name


def aws_timeout() -> Exception:
    """What boto3 raises when an answer never came."""
    return ReadTimeoutError(endpoint_url="http://aws")


def failed_event(execution: Execution) -> Mapping[str, Any]:
    """What EventBridge tells of an execution that ended badly."""
    return {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {
            "executionArn": execution.arn,
            "stateMachineArn": execution.machine_arn,
            "name": execution.arn.rpartition(":")[2],
            "status": execution.status.value,
            "input": json.dumps(execution.input),
        },
    }
