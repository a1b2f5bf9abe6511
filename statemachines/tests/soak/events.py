"""What may happen next, and how often: one rule that draws an event, in place of a rule for each.

Hypothesis leaves about half of a machine's rules out of each run. That finds what only a few rules
can do by themselves; but a booking takes several in their order, and of thirty runs hardly one had
them all.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

Function = TypeVar("Function", bound=Callable[..., None])
Condition = Callable[[Any], object]


class Event(NamedTuple):
    name: str
    arguments: dict[str, Any]

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{self.name}({told})"


class _Kind(NamedTuple):
    name: str
    often: int
    when: Condition
    arguments: Mapping[str, st.SearchStrategy[Any]]

    def events(self) -> st.SearchStrategy[Event]:
        if not self.arguments:
            return st.just(Event(self.name, {}))
        return st.fixed_dictionaries(dict(self.arguments)).map(
            lambda arguments: Event(self.name, arguments)
        )


def may_happen(
    *, often: int = 1, when: Condition = bool, **arguments: st.SearchStrategy[Any]
) -> Callable[[Function], Function]:
    """Mark a machine's method as an event that is drawn so often, if it can happen now."""

    def mark(function: Function) -> Function:
        kind = _Kind(function.__name__, often, when, arguments)
        function.__dict__["kind"] = kind
        return function

    return mark


def next_event() -> st.SearchStrategy[Event]:
    """Of those that can happen to the machine that draws it, in the state it is in."""
    return st.runner().flatmap(_events_of)


def names_of(machine: type) -> set[str]:
    """Of all events that may happen to it."""
    return {kind.name for kind in _kinds(machine)}


def _events_of(machine: object) -> st.SearchStrategy[Event]:
    possible = st.sampled_from(list(_kinds(type(machine)))).filter(lambda kind: kind.when(machine))
    return possible.flatmap(_Kind.events)


def _kinds(machine: type) -> Iterator[_Kind]:
    for name in dir(machine):
        kind = getattr(getattr(machine, name), "kind", None)
        if isinstance(kind, _Kind):
            yield from [kind] * kind.often
