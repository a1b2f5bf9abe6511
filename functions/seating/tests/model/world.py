"""The small world that is searched: its size, what may go wrong in it, and its rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from functions.seating.conditions import Effect, Operation, Step
from functions.seating.rules import OPERATIONS
from functions.seating.tests.model.decisions import Decide, decide
from functions.seating.tests.model.flaws import Flaw
from functions.seating.tests.model.machines import Machine
from functions.seating.tests.model.seating import Seating

SHIPPED = {operation.name: operation for operation in OPERATIONS}


@dataclass(frozen=True)
class Party:
    """A reservation that somebody may make: who, and which seats."""

    buyer: int
    places: tuple[int, ...]


@dataclass(frozen=True)
class Setting:
    """How large the world is, and what may happen in it. `orders` are of which reservation each."""

    name: str
    seats: int
    parties: tuple[Party, ...]
    orders: tuple[int, ...]
    limit: int = 2
    attempts: int = 1
    faults: bool = True
    late_commands: bool = True
    second_runs: bool = True
    refunds: bool = True
    releases: bool = True
    tombstones: bool = False
    house_seats: bool = False
    fickle_provider: bool = False
    damage: bool = False
    # The reconciler reads order, record and payment one after the other, not all at once.
    reads_apart: bool = True

    @property
    def buyers(self) -> int:
        return 1 + max(party.buyer for party in self.parties)

    @property
    def is_as_tabled(self) -> bool:
        """Whether the reconciler's table should find no contradiction in it."""
        one_order_each = len(set(self.orders)) == len(self.orders)
        return one_order_each and not self.fickle_provider


@dataclass(frozen=True)
class World:
    """A setting under rules: the shipped ones, or some with a part taken out."""

    setting: Setting
    rules: Mapping[str, Operation] = field(default_factory=lambda: SHIPPED)
    flaws: frozenset[Flaw] = frozenset()
    booking: Machine = field(default_factory=lambda: Machine.read("booking"))
    refund: Machine = field(default_factory=lambda: Machine.read("refund"))
    decide: Decide = decide
    # What can have no effect any more is forgotten, which is right under the shipped rules only.
    forgets: bool = True

    @property
    def seating(self) -> Seating:
        return Seating(self.rules, self.setting.limit)

    def without(self, operation: str, kind: str, *parts: str) -> "World":
        """With these parts of a rule's step taken out; with all of them, if none is named."""
        rule = self.rules[operation]
        step = rule.steps[kind]
        kept = tuple(part for part in step.parts if parts and part.name not in parts)
        changed = _changed(rule, kind, replace(step, parts=kept))
        return replace(self, rules={**self.rules, operation: changed}, forgets=False)

    def with_effect(self, operation: str, kind: str, effect: Effect) -> "World":
        """With another effect on an item of this kind."""
        rule = self.rules[operation]
        changed = _changed(rule, kind, replace(rule.steps[kind], effect=effect))
        return replace(self, rules={**self.rules, operation: changed}, forgets=False)

    def flawed(self, *flaws: Flaw) -> "World":
        return replace(self, flaws=self.flaws | set(flaws), forgets=False)

    def places(self, order: int) -> tuple[int, ...]:
        return self.setting.parties[self.setting.orders[order]].places


def _changed(rule: Operation, kind: str, step: Step) -> Operation:
    steps: dict[str, Any] = {kind: step}
    return replace(rule, **steps)
