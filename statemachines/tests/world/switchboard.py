"""Where the product touches the world: each effect passes here, before it happens and after.

A run without a plan writes down its points; a run with one has a fault at one of them. Nothing is
listed by hand, so an effect that somebody adds is a new point to crash at.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import NamedTuple


class Crash(BaseException):
    """The process is gone; nothing can catch it and carry on."""


class Blackout(BaseException):
    """Every process is gone, the sagas too, and no client comes back."""


class Moment(StrEnum):
    BEFORE = "before"
    AFTER = "after"


class Point(NamedTuple):
    """The moment before or after one effect of a run: the same place in each run of a scenario."""

    place: int
    effect: str
    moment: Moment

    def __str__(self) -> str:
        return f"{self.moment} {self.place} {self.effect}"


class Effect:
    """One effect under way. `changes` is False for one that turns out to change nothing."""

    def __init__(self, name: str, place: int) -> None:
        self.name = name
        self.place = place
        self.changes = True
        self.has_ended = False
        # Set by a fault, obeyed by whoever carries the effect out.
        self.is_doubled = False
        self.is_lost = False
        self.is_contended = False


Fault = Callable[[Effect], None]


class Switchboard:
    def __init__(self) -> None:
        self.effects: list[Effect] = []
        self._plan: tuple[Callable[[Point], bool], Fault] | None = None
        self.struck = False

    def plan(self, point: Point, fault: Fault) -> None:
        """Have a fault at a point of the run that begins now."""
        self.plan_first(
            lambda each: (each.place, each.moment) == (point.place, point.moment), fault
        )

    def plan_first(self, wanted: Callable[[Point], bool], fault: Fault) -> None:
        """Have a fault at the first point that is wanted; places are counted from now."""
        self.effects.clear()
        self.struck = False
        self._plan = (wanted, fault)

    @property
    def has_plan(self) -> bool:
        """Whether a fault is still to come."""
        return self._plan is not None and not self.struck

    def clear(self) -> None:
        """No fault from now on, and nothing noted."""
        self._plan = None
        self.effects.clear()

    def points(self) -> list[Point]:
        """Every point of the run so far at which something was at stake."""
        return [
            Point(effect.place, effect.name, moment)
            for effect in self.effects
            if effect.changes
            for moment in Moment
            if moment is Moment.BEFORE or effect.has_ended
        ]

    def begin(self, name: str) -> Effect:
        """The moment before an effect; whatever the plan has for it is raised here."""
        effect = Effect(name, len(self.effects))
        self.effects.append(effect)
        self._strike(effect, Moment.BEFORE)
        return effect

    def end(self, effect: Effect) -> None:
        """The moment after an effect."""
        effect.has_ended = True
        self._strike(effect, Moment.AFTER)

    @contextmanager
    def effect(self, name: str) -> Iterator[Effect]:
        """Both moments around a block; an effect that failed has no moment after."""
        effect = self.begin(name)
        yield effect
        self.end(effect)

    def _strike(self, effect: Effect, moment: Moment) -> None:
        if self._plan is None or self.struck:
            return
        wanted, fault = self._plan
        if wanted(Point(effect.place, effect.name, moment)):
            self.struck = True
            fault(effect)
