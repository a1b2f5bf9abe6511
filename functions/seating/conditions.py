"""Conditions and changes of items as data: written once, rendered for DynamoDB, run in memory.

The store renders them into its transactions; a model or a test runs the very same ones on plain
dicts. So a rule cannot mean one thing in the proof and another in the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Item = Mapping[str, Any]
Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Parameter:
    """A value that each run of the operation brings along, such as the time or an order's id."""

    name: str


def value_of(value: Any, parameters: Parameters) -> Any:
    return parameters[value.name] if isinstance(value, Parameter) else value


class Expression:
    """Collects the names and values of one DynamoDB expression while its parts are rendered."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def name(self, attribute: str) -> str:
        # Always an alias: `status`, `active` and their like are or may become reserved words.
        alias = f"#{attribute}"
        self.names[alias] = attribute
        return alias

    def value(self, value: Any) -> str:
        alias = f":v{len(self.values)}"
        self.values[alias] = value_of(value, self._parameters)
        return alias


class Condition(Protocol):
    def render(self, expression: Expression) -> str:
        """As DynamoDB's condition expression."""

    def holds(self, item: Item, parameters: Parameters) -> bool:
        """Whether an item (an absent one is empty) meets it, exactly as DynamoDB would say."""


@dataclass(frozen=True)
class Absent:
    attribute: str

    def render(self, expression: Expression) -> str:
        return f"attribute_not_exists({expression.name(self.attribute)})"

    def holds(self, item: Item, parameters: Parameters) -> bool:  # noqa: ARG002
        return self.attribute not in item


@dataclass(frozen=True)
class Equals:
    attribute: str
    value: Any

    def render(self, expression: Expression) -> str:
        return f"{expression.name(self.attribute)} = {expression.value(self.value)}"

    def holds(self, item: Item, parameters: Parameters) -> bool:
        # An absent attribute compares as false with anything, as in DynamoDB.
        return self.attribute in item and bool(
            item[self.attribute] == value_of(self.value, parameters)
        )


@dataclass(frozen=True)
class Differs:
    """An absent attribute differs from everything, unlike in any other comparison."""

    attribute: str
    value: Any

    def render(self, expression: Expression) -> str:
        return f"{expression.name(self.attribute)} <> {expression.value(self.value)}"

    def holds(self, item: Item, parameters: Parameters) -> bool:
        return self.attribute not in item or bool(
            item[self.attribute] != value_of(self.value, parameters)
        )


@dataclass(frozen=True)
class AtMost:
    attribute: str
    value: Any

    def render(self, expression: Expression) -> str:
        return f"{expression.name(self.attribute)} <= {expression.value(self.value)}"

    def holds(self, item: Item, parameters: Parameters) -> bool:
        return self.attribute in item and bool(
            item[self.attribute] <= value_of(self.value, parameters)
        )


@dataclass(frozen=True)
class MoreThan:
    attribute: str
    value: Any

    def render(self, expression: Expression) -> str:
        return f"{expression.name(self.attribute)} > {expression.value(self.value)}"

    def holds(self, item: Item, parameters: Parameters) -> bool:
        return self.attribute in item and bool(
            item[self.attribute] > value_of(self.value, parameters)
        )


@dataclass(frozen=True)
class AllOf:
    conditions: tuple[Condition, ...]

    def render(self, expression: Expression) -> str:
        return _joined(" AND ", self.conditions, expression)

    def holds(self, item: Item, parameters: Parameters) -> bool:
        return all(part.holds(item, parameters) for part in self.conditions)


@dataclass(frozen=True)
class AnyOf:
    conditions: tuple[Condition, ...]

    def render(self, expression: Expression) -> str:
        return _joined(" OR ", self.conditions, expression)

    def holds(self, item: Item, parameters: Parameters) -> bool:
        return any(part.holds(item, parameters) for part in self.conditions)


def _joined(word: str, conditions: tuple[Condition, ...], expression: Expression) -> str:
    # DynamoDB refuses redundant parentheses.
    if len(conditions) == 1:
        return conditions[0].render(expression)
    return word.join(f"({condition.render(expression)})" for condition in conditions)


def all_of(*conditions: Condition) -> AllOf:
    return AllOf(conditions)


def any_of(*conditions: Condition) -> AnyOf:
    return AnyOf(conditions)


@dataclass(frozen=True)
class Part:
    """One named part of a step's condition, and why it is there. All parts must hold."""

    name: str
    condition: Condition
    because: str


@dataclass(frozen=True)
class Former:
    """What an attribute was before the change, or `otherwise` if it was not there."""

    attribute: str
    otherwise: Any


@dataclass(frozen=True)
class Put:
    """Write the item anew; what was there is gone."""

    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """Set, remove and add to single attributes; the rest stays. `set` may name a `Former`."""

    set: Mapping[str, Any] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    add: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Delete:
    """The item is gone."""


Effect = Put | Change | Delete


@dataclass(frozen=True)
class Step:
    """What one operation asks of one item, and then does to it."""

    parts: tuple[Part, ...]
    effect: Effect

    def failing(self, item: Item, parameters: Parameters) -> list[str]:
        """The names of the parts that an item (an absent one is empty) does not meet."""
        return [part.name for part in self.parts if not part.condition.holds(item, parameters)]

    def apply(self, item: Item, parameters: Parameters) -> dict[str, Any]:
        """The item afterwards, empty if it is deleted. Only for an item that meets every part."""
        match self.effect:
            case Put(attributes):
                return {name: value_of(value, parameters) for name, value in attributes.items()}
            case Change() as change:
                kept = {name: item[name] for name in item if name not in change.remove}
                for name, value in change.set.items():
                    if isinstance(value, Former):
                        kept[name] = item.get(value.attribute, value.otherwise)
                    else:
                        kept[name] = value_of(value, parameters)
                for name, value in change.add.items():
                    kept[name] = kept.get(name, 0) + value_of(value, parameters)
                return kept
            case Delete():
                return {}


@dataclass(frozen=True)
class Operation:
    """The steps of one transaction, by the kind of item they touch."""

    name: str
    claim: Step | None = None
    record: Step | None = None
    slot: Step | None = None
    state: Step | None = None

    @property
    def steps(self) -> dict[str, Step]:
        kinds = {
            "claim": self.claim,
            "record": self.record,
            "slot": self.slot,
            "state": self.state,
        }
        return {kind: step for kind, step in kinds.items() if step is not None}
