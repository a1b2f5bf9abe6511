"""One run of a state machine: where it is, what it knows, and when it goes on."""

import copy
import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

State = dict[str, Any]


class Status(StrEnum):
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    ABORTED = "ABORTED"


class Failure(NamedTuple):
    error: str
    cause: str


class Execution:
    def __init__(
        self, arn: str, machine_arn: str, definition: State, given: State, now: datetime
    ) -> None:
        self.arn = arn
        self.machine_arn = machine_arn
        self.input = given
        # What the context object tells, within a Map, too.
        self.began_with = given
        self.status = Status.RUNNING
        self.failure: Failure | None = None
        self.steps: list[str] = []
        # The task token that is being waited for, and how many tasks were begun.
        self.token: str | None = None
        self._turn = 0
        self.is_busy = False
        self.due_at: datetime | None = now
        self._definition = definition
        self._known: Any = copy.deepcopy(given)
        self._retries: dict[int, int] = {}
        self._enter(definition["StartAt"], now)

    @property
    def state(self) -> State:
        found: State = self._definition["States"][self.steps[-1]]
        return found

    def is_due(self, now: datetime) -> bool:
        return self.status is Status.RUNNING and self.due_at is not None and self.due_at <= now

    def end(self, status: Status, failure: Failure | None = None) -> None:
        self.status, self.failure = status, failure
        self.token, self.due_at, self.is_busy = None, None, False

    def redrive(self, now: datetime) -> None:
        """Go on from the state it ended in, with what it knew, and all its retries again."""
        self.status, self.failure = Status.RUNNING, None
        self._retries = {}
        self.due_at = now

    def begin_task(self, now: datetime) -> int:
        """The task is being carried out; its number, by which a late answer is told apart."""
        self._turn += 1
        self.is_busy = True
        self.token = f"{self.arn}#{self._turn}"
        self.due_at = now + timedelta(seconds=self.state["TimeoutSeconds"])
        return self._turn

    def is_turn(self, turn: int) -> bool:
        """Whether this task is still the one that is waited for."""
        return self.status is Status.RUNNING and self.is_busy and self._turn == turn

    def succeed(self, answer: Any, now: datetime) -> None:
        """The task's answer; a signal's output is its whole answer."""
        self.is_busy, self.token = False, None
        selector = self.state.get("ResultSelector")
        self.take(answer if selector is None else _fill(selector, answer, {}), now)

    def take(self, result: Any, now: datetime) -> None:
        """Put a state's result where it belongs, and go on."""
        path = self.state.get("ResultPath", "$")
        if path is not None and result is not None:
            self._put(path, result)
        if self.state.get("End"):
            self.end(Status.SUCCEEDED)
        else:
            self._enter(self.state["Next"], now)

    def fail(self, failure: Failure, now: datetime) -> None:
        """The task failed: try it again, or catch it, or end."""
        self.is_busy, self.token = False, None
        for place, retrier in enumerate(self.state.get("Retry", [])):
            if not _names(retrier, failure.error):
                continue
            tries = self._retries.get(place, 0)
            if tries < retrier["MaxAttempts"]:
                self._retries[place] = tries + 1
                wait = retrier["IntervalSeconds"] * retrier["BackoffRate"] ** tries
                self.due_at = now + timedelta(seconds=min(wait, retrier["MaxDelaySeconds"]))
                return
            break
        for catcher in self.state.get("Catch", []):
            if _names(catcher, failure.error):
                self._put(catcher["ResultPath"], {"Error": failure.error, "Cause": failure.cause})
                self._enter(catcher["Next"], now)
                return
        self.end(Status.FAILED, failure)

    def items_of_map(self, now: datetime) -> "list[Execution]":
        """An execution of its own for each item, all of them waiting to be let go."""
        self.due_at = None
        items = []
        for place, value in enumerate(self._look(self.state["ItemsPath"])):
            context = {"Map": {"Item": {"Index": place, "Value": value}}}
            known = _fill(self.state["ItemSelector"], self._known, context)
            arn = f"{self.arn}/{self.steps[-1]}:{place}"
            items.append(Execution(arn, self.machine_arn, self.state["ItemProcessor"], known, now))
            items[-1].began_with, items[-1].due_at = self.began_with, None
        return items

    @property
    def output(self) -> Any:
        """All it knows, which is what it ends with."""
        return self._known

    def choose(self, now: datetime) -> None:
        for choice in self.state["Choices"]:
            rules = choice.get("And", [choice])
            if all(_holds(rule, self._look(rule["Variable"])) for rule in rules):
                self._enter(choice["Next"], now)
                return
        self._enter(self.state["Default"], now)

    def wait(self, now: datetime) -> None:
        path = self.state.get("SecondsPath")
        seconds = self.state["Seconds"] if path is None else self._look(path)
        until = now + timedelta(seconds=seconds)
        self._enter(self.state["Next"], until)

    def filled(self, template: Any) -> Any:
        """A template with what is known filled in."""
        context = {
            "Task": {"Token": self.token},
            "Execution": {"Id": self.arn, "Input": self.began_with},
            "StateMachine": {"Name": self.machine_arn.rpartition(":")[2]},
        }
        return _fill(template, self._known, context)

    def _enter(self, name: str, at: datetime) -> None:
        self.steps.append(name)
        self._retries = {}
        self.due_at = at

    def _look(self, path: str) -> Any:
        return _look(path, self._known)

    def _put(self, path: str, value: Any) -> None:
        if path == "$":
            self._known = value
            return
        *way, last = path.removeprefix("$.").split(".")
        place = self._known
        for part in way:
            place = place[part]
        place[last] = value


def _names(rule: State, error: str) -> bool:
    return "States.ALL" in rule["ErrorEquals"] or error in rule["ErrorEquals"]


def _holds(rule: State, value: Any) -> bool:
    if "StringEquals" in rule:
        return bool(value == rule["StringEquals"])
    if "IsNull" in rule:
        return bool((value is None) == rule["IsNull"])
    if "NumericLessThanEquals" in rule:
        return bool(value <= rule["NumericLessThanEquals"])
    raise NotImplementedError(rule)


def _fill(template: Any, known: Any, context: State) -> Any:
    if not isinstance(template, dict):
        return template
    filled = {}
    for name, value in template.items():
        if name.endswith(".$"):
            filled[name[:-2]] = _evaluate(value, known, context)
        else:
            filled[name] = _fill(value, known, context)
    return filled


def _evaluate(path: str, known: Any, context: State) -> Any:
    added = re.fullmatch(r"States\.MathAdd\((\S+), (\S+)\)", path)
    if added:
        return _look(added[1], known) + _look(added[2], known)
    if path.startswith("$$."):
        return _look(path[1:], context)
    return _look(path, known)


def _look(path: str, known: Any) -> Any:
    """What a reference path leads to; a path that leads nowhere is an error, as on AWS."""
    if not path.startswith("$"):
        raise NotImplementedError(path)
    for part in path.removeprefix("$").strip(".").split(".") if path != "$" else []:
        known = known[part]
    return copy.deepcopy(known)
