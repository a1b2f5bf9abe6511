"""Breadth-first search of every state that a world can come to, and the way to each."""

import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from functions.seating.tests.model.space import Space
from functions.seating.tests.model.world import World


class Way(NamedTuple):
    """A violation, or a state that nothing settles, and the shortest way there."""

    what: str
    steps: tuple[str, ...]
    scene: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"{at + 1:3}. {step}" for at, step in enumerate(self.steps)]
        return "\n".join([self.what, *lines, *(f"     {line}" for line in self.scene)])


@dataclass
class Found:
    """What a search came to. `seconds` are a core's; `stuck` is empty unless it was asked for."""

    states: int
    edges: int
    seconds: float
    is_complete: bool
    violations: list[Way] = field(default_factory=list)
    stuck: list[Way] = field(default_factory=list)
    labels: frozenset[str] = frozenset()

    @property
    def ways(self) -> list[Way]:
        return [*self.violations, *self.stuck]


class Search:
    """Of all states, or to the first violation if it `stops`.

    `watching` only what begins so: a state that breaks something else is searched on from.
    """

    def __init__(self, world: World, *, stops: bool = False, watching: str = "") -> None:
        self._space = Space(world, watching)
        self._stops = stops
        self._states: list[int] = []
        self._numbers: dict[int, int] = {}
        self._parents = array("l")
        self._labels = array("l")

    def run(self, *, settles: bool = False) -> Found:
        """Every state, checked; with `settles` also whether the system alone brings it to rest."""
        started = time.process_time()
        violations: dict[str, int] = {}
        settled = bytearray()
        by_system = _Edges()
        edges = 0
        self._reach(0, -1, 0)
        for at, state in enumerate(self._states):
            told = self._space.told(state)
            broken = next((each.violation for each in told if each.violation), "")
            settled.append(bool(broken) or all(each.is_settled for each in told))
            if broken:
                violations.setdefault(broken, at)
                if self._stops:
                    break
            else:
                for steps in (*(each.steps for each in told), *self._space.steps(state)):
                    edges += len(steps)
                    for label, is_system, adds in steps:
                        following = self._numbers.get(state + adds)
                        if following is None:
                            following = self._reach(state + adds, at, label)
                        if settles and is_system:
                            by_system.targets.append(following)
            by_system.ends.append(len(by_system.targets))
        found = Found(len(self._states), edges, 0.0, len(settled) == len(self._states))
        found.violations = [self._way(what, at) for what, at in violations.items()]
        if settles and found.is_complete:
            unsettled = by_system.unsettled(settled)
            found.stuck = [self._way("stuck: nothing settles this", at) for at in unsettled[:1]]
        found.labels = frozenset(self._space.labels.things)
        found.seconds = time.process_time() - started
        return found

    def seats(self) -> Iterator[tuple[object, ...]]:
        """The seating part of every state that was reached, to compare two searches by."""
        return map(self._space.seats, self._states)

    def _reach(self, state: int, parent: int, label: int) -> int:
        number = self._numbers[state] = len(self._states)
        self._states.append(state)
        self._parents.append(parent)
        self._labels.append(label)
        return number

    def _way(self, what: str, number: int) -> Way:
        steps, at = [], number
        while at:
            steps.append(self._space.labels.things[self._labels[at]])
            at = self._parents[at]
        return Way(what, tuple(reversed(steps)), tuple(self._space.shown(self._states[number])))


class _Edges:
    """Where the system's own steps lead from each state, in the order of the states."""

    def __init__(self) -> None:
        self.ends = array("l", [0])
        self.targets = array("l")

    def unsettled(self, settled: bytearray) -> list[int]:
        """States from which no settled state is reached.

        Those that nothing leads away from come first, nearest first: there it shows what is lost.
        """
        ends, targets = self.ends, self.targets
        left = [at for at in range(len(settled)) if not settled[at]]
        before = -1
        while len(left) != before:
            before = len(left)
            for at in reversed(left):
                if any(settled[target] for target in targets[ends[at] : ends[at + 1]]):
                    settled[at] = 1
            left = [at for at in left if not settled[at]]
        return sorted(left, key=lambda at: (ends[at] != ends[at + 1], at))
