"""Whether concurrent operations could have happened one at a time.

A history is linearizable if every operation can be put at one moment between being asked and being
answered so that, in that order, each is possible after those before it (Herlihy and Wing, 1990).
The search is Wing and Gong's (1993), with Lowe's memory of what was tried (2017).

An operation whose answer was lost may have happened at any moment after it was asked, or never.
"""

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

State = TypeVar("State", bound=Hashable)


@dataclass(frozen=True)
class Operation(Generic[State]):
    """`step` is the state after it, or None where it cannot have happened as it was answered.

    `answered_at` is infinite if the answer was lost. Times are seconds of one monotonic clock.
    A read (`is_read`) changes no state, whatever the state is.
    """

    name: str
    asked_at: float
    answered_at: float
    step: Callable[[State], State | None]
    is_read: bool = False

    @property
    def is_certain(self) -> bool:
        """Whether it has to have happened at all."""
        return self.answered_at < math.inf

    def __str__(self) -> str:
        return f"[{self.asked_at:.4f} - {self.answered_at:.4f}] {self.name}"


@dataclass(frozen=True)
class Verdict(Generic[State]):
    """`order` is one possible order, or the longest that went well; `stuck` could not follow it."""

    is_linearizable: bool
    order: tuple[Operation[State], ...]
    state: State
    stuck: tuple[Operation[State], ...] = ()

    def __str__(self) -> str:
        if self.is_linearizable:
            return f"linearizable: {len(self.order)} operations"
        lines = ["not linearizable. The last that went well:", *map(str, self.order[-12:])]
        lines += [f"then, at {self.state}, none of these can have happened:", *map(str, self.stuck)]
        return "\n  ".join(lines)


class _Place(NamedTuple, Generic[State]):
    """A point of the search: what has happened (bits by place in the history), and the state."""

    first: int  # Every certain operation before this one has happened.
    done: int
    state: State


class Undecided(Exception):  # noqa: N818 - neither yes nor no
    """The search looked at as many points as it was allowed to, and was not at an end."""


def linearize(
    operations: Sequence[Operation[State]], initial: State, most_places: float = math.inf
) -> Verdict[State]:
    """One order in which all certain operations can have happened, from this state on.

    Raises Undecided after `most_places` points of the search: deciding is NP-complete.
    """
    return _Search(operations, initial).run(most_places)


class _Search(Generic[State]):
    def __init__(self, operations: Sequence[Operation[State]], initial: State) -> None:
        self._operations = sorted(operations, key=lambda operation: operation.asked_at)
        # Certain ones come first in every list of what could be next: they are the likelier.
        self._certain = [n for n, each in enumerate(self._operations) if each.is_certain]
        self._uncertain = [n for n, each in enumerate(self._operations) if not each.is_certain]
        self._initial = initial
        self._order: list[int] = []
        self._furthest: tuple[int, tuple[int, ...], _Place[State]] | None = None

    def run(self, most_places: float) -> Verdict[State]:
        place = self._forward(_Place(0, 0, self._initial))
        seen = {place}
        trail = [(place, len(self._order), self._turns(place))]
        while trail:
            place, length, turns = trail[-1]
            if place.first == len(self._certain):
                return Verdict(True, self._named(self._order), place.state)
            self._remember(place)
            for number, state in turns:
                del self._order[length:]
                taken = self._forward(self._after(place, number, state))
                if taken not in seen:
                    if len(seen) >= most_places:
                        raise Undecided(f"after {len(seen)} points of the search")
                    seen.add(taken)
                    trail.append((taken, len(self._order), self._turns(taken)))
                    break
            else:
                trail.pop()
        assert self._furthest is not None
        _, order, place = self._furthest
        stuck = tuple(self._operations[number] for number in self._next(place))
        return Verdict(False, self._named(order), place.state, stuck)

    def _forward(self, place: _Place[State]) -> _Place[State]:
        """Take every read at once that fits: waiting with it could never help the others."""
        moved = True
        while moved:
            moved = False
            for number in self._next(place):
                operation = self._operations[number]
                if operation.is_read and operation.step(place.state) is not None:
                    place = self._after(place, number, place.state)
                    moved = True
                    break
        return place

    def _turns(self, place: _Place[State]) -> Iterator[tuple[int, State]]:
        # What was answered first is the likeliest to have happened first.
        for number in sorted(
            self._next(place), key=lambda each: self._operations[each].answered_at
        ):
            operation = self._operations[number]
            state = None if operation.is_read else operation.step(place.state)
            # What need not have happened, and changes nothing, need not be tried.
            if state is not None and (operation.is_certain or state != place.state):
                yield number, state

    def _next(self, place: _Place[State]) -> Iterator[int]:
        """Those asked before anything that is left was answered."""
        earliest = math.inf
        for position in range(place.first, len(self._certain)):
            number = self._certain[position]
            operation = self._operations[number]
            if operation.asked_at > earliest:
                break
            if not place.done >> number & 1:
                earliest = min(earliest, operation.answered_at)
                yield number
        for number in self._uncertain:
            if self._operations[number].asked_at > earliest:
                break
            if not place.done >> number & 1:
                yield number

    def _after(self, place: _Place[State], number: int, state: State) -> _Place[State]:
        self._order.append(number)
        done, first = place.done | 1 << number, place.first
        while first < len(self._certain) and done >> self._certain[first] & 1:
            first += 1
        return _Place(first, done, state)

    def _remember(self, place: _Place[State]) -> None:
        happened = place.done.bit_count()
        if self._furthest is None or happened > self._furthest[0]:
            self._furthest = (happened, tuple(self._order), place)

    def _named(self, order: Sequence[int]) -> tuple[Operation[State], ...]:
        return tuple(self._operations[number] for number in order)
