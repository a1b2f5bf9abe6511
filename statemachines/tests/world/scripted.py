"""The interpreter by itself, with task functions that follow the same scripts as the emulator's."""

import json
from typing import Any

from infra.environments import Windows
from statemachines.tests.machines import Moves, Run
from statemachines.tests.scripted_tasks import ANSWERS
from statemachines.tests.world.clock import Clock
from statemachines.tests.world.executions import Execution, State
from statemachines.tests.world.machines import defined
from statemachines.tests.world.step_functions import StepFunctions, TaskError
from statemachines.tests.world.switchboard import Switchboard

_ACCOUNT = "arn:aws:states:us-east-1:000000000000:stateMachine:"


class Scripted:
    """One clock, and a new machine for each run."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.sagas = StepFunctions(clock, Switchboard(), self._carry_out)
        self.calls: list[dict[str, Any]] = []
        self._script: dict[str, Moves] = {}

    def run(
        self,
        name: str,
        given: State,
        *,
        task_seconds: int = 30,
        collect_seconds: int = 30,
        **script: Moves,
    ) -> Run:
        """Run a shipped machine to its end; `script` has the moves of each task that differs."""
        definition = defined(name, Windows())
        for state in definition["States"].values():
            if state["Type"] == "Task":
                waits = state["Resource"].endswith("waitForTaskToken")
                state["TimeoutSeconds"] = collect_seconds if waits else task_seconds
            if state["Type"] == "Map":
                # So that calls come in one order, as the emulator's do in the tests.
                state["MaxConcurrency"] = 1
        self.sagas.forget()
        self.calls.clear()
        execution = self.start(definition, given, **script)
        self.finish()
        error = execution.failure.error if execution.failure else None
        parked = list(self.sagas.parked)
        return Run(execution.status.value, error, execution.steps, list(self.calls), parked)

    def start(
        self, definition: State, given: State, name: str = "one", /, **script: Moves
    ) -> Execution:
        """Start an execution, and take it no further."""
        self._script = script
        self.sagas.define(f"{_ACCOUNT}machine", definition)
        began = self.sagas.start_execution(f"{_ACCOUNT}machine", name, json.dumps(given))
        return self.sagas.executions[began["executionArn"]]

    def finish(self) -> None:
        """Let everything that runs come to its end."""
        while (due := self.sagas.next_due()) is not None:
            self.clock.move_to(due)
            self.sagas.run_due()

    def pass_time(self, seconds: float) -> None:
        """Everything that falls due meanwhile happens, also while a task sleeps."""
        until = self.clock.now.timestamp() + seconds
        self.sagas.run_due()
        while (due := self.sagas.next_due()) is not None and due.timestamp() <= until:
            self.clock.move_to(due)
            self.sagas.run_due()
        self.clock.move(until - self.clock.now.timestamp())

    def _carry_out(self, _function: str, payload: dict[str, Any]) -> Any:
        """As `scripted_tasks.handler` does it."""
        self.calls.append(payload)
        task = payload["task"]
        made = sum(call["task"] == task for call in self.calls)
        moves = self._script.get(task) or [ANSWERS.get(task, {})]
        move = moves[min(made, len(moves)) - 1]
        if "sleep" in move:
            self.pass_time(move["sleep"])
        if "signal" in move or "signal_error" in move:
            self._signal(payload["taskToken"], move)
        if move.get("exit"):
            raise TaskError("Runtime.ExitError", "the process died")
        if "raise" in move:
            raise TaskError(move["raise"], "as the test wrote")
        return move.get("answer", {})

    def _signal(self, token: str, move: dict[str, Any]) -> None:
        gone = self.sagas.exceptions
        try:
            if "signal" in move:
                self.sagas.send_task_success(token, json.dumps(move["signal"]))
            else:
                self.sagas.send_task_failure(token, move["signal_error"], "as the test wrote")
        except (gone.TaskTimedOut, gone.TaskDoesNotExist) as refusal:
            raise TaskError(type(refusal).__name__, str(refusal)) from refusal
