"""The shipped state machines, read for where each task leads after each answer."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parents[4] / "statemachines"

# The end of an execution, however it ended: what counts then is what the stores say.
ENDED = "ended"
# Parking a saga changes no store, and it ends whether or not it can be queued and counted.
_PARKING = ("ParkBooking", "ParkRefund", "ReportParked")


class Machine:
    """A saga as a table. States are those of its tasks, and ENDED."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        self._states: Mapping[str, Any] = definition["States"]
        self._after: dict[tuple[str, str], list[str]] = {}
        self._caught: dict[tuple[str, str], list[str]] = {}
        (self.start,) = self._follow(definition["StartAt"], "")

    @classmethod
    def read(cls, name: str) -> "Machine":
        """As it is shipped in `statemachines/`."""
        return cls(definition(name))

    def task(self, state: str) -> str:
        """Which task function a state calls."""
        return str(self._states[state]["Parameters"]["Payload"]["task"])

    def waits_for_signal(self, state: str) -> bool:
        return str(self._states[state]["Resource"]).endswith(".waitForTaskToken")

    def after(self, state: str, verdict: str = "") -> list[str]:
        """Where its success leads; a task that asks for the verdict says which it was."""
        if (state, verdict) not in self._after:
            self._after[state, verdict] = sorted(set(self._next(self._states[state], verdict)))
        return self._after[state, verdict]

    def caught(self, state: str, error: str) -> list[str]:
        """Where an error leads in the end, after whatever retries."""
        if (state, error) not in self._caught:
            self._caught[state, error] = self._find_catch(state, error)
        return self._caught[state, error]

    def _find_catch(self, state: str, error: str) -> list[str]:
        for catch in self._states[state].get("Catch", []):
            if {error, "States.ALL"} & set(catch["ErrorEquals"]):
                return sorted(set(self._follow(catch["Next"], "")))
        return [ENDED]

    def _next(self, state: Mapping[str, Any], verdict: str) -> Iterator[str]:
        if "Next" in state:
            yield from self._follow(state["Next"], verdict)
        else:
            yield ENDED

    def _follow(self, name: str, verdict: str) -> Iterator[str]:
        """The tasks that are reached from a state without running another task."""
        state = self._states[name]
        match state["Type"]:
            case "Task" if name not in _PARKING:
                yield name
            case "Choice":
                for target in _chosen(state, verdict):
                    yield from self._follow(target, verdict)
            case "Fail" | "Succeed":
                yield ENDED
            case _:
                yield from self._next(state, verdict)


def definition(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((_FOLDER / f"{name}.asl.json").read_text())
    return loaded


def _chosen(choice: Mapping[str, Any], verdict: str) -> Iterator[str]:
    """Where a choice may lead. How long a saga has waited is not modelled: either way, then."""
    for rule in choice["Choices"]:
        parts = rule.get("And", [rule])
        wanted = {part["StringEquals"] for part in parts if "StringEquals" in part}
        if wanted == {verdict}:
            yield rule["Next"]
            if len(parts) == 1:
                return
    yield choice["Default"]
