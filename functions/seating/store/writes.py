"""Renders a rule's step as one write of a DynamoDB transaction."""

from collections.abc import Mapping
from typing import Any

from functions.seating.conditions import (
    Change,
    Delete,
    Expression,
    Former,
    Put,
    Step,
    all_of,
    value_of,
)
from functions.seating.store.keys import Key
from functions.shared.marshalling import marshal


def kind_of(step: Step) -> str:
    match step.effect:
        case Put():
            return "Put"
        case Change():
            return "Update"
        case Delete():
            return "Delete"


def write_of(
    table_name: str,
    step: Step,
    key: Key,
    parameters: Mapping[str, Any],
    described_by: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The write's body. `described_by` goes beside the rule's attributes into an item put anew."""
    expression = Expression(parameters)
    write: dict[str, Any] = {"TableName": table_name}
    if step.parts:
        write["ConditionExpression"] = all_of(*(part.condition for part in step.parts)).render(
            expression
        )
        write["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    match step.effect:
        case Put(attributes):
            rules = {name: value_of(value, parameters) for name, value in attributes.items()}
            write["Item"] = marshal({**key, **(described_by or {}), **rules})
        case Change() as change:
            write["Key"] = marshal(key)
            write["UpdateExpression"] = _update(change, expression)
        case Delete():
            write["Key"] = marshal(key)
    if expression.names:
        write["ExpressionAttributeNames"] = expression.names
    if expression.values:
        write["ExpressionAttributeValues"] = marshal(expression.values)
    return write


def _update(change: Change, expression: Expression) -> str:
    clauses = []
    if change.set:
        clauses.append(
            "SET "
            + ", ".join(
                f"{expression.name(name)} = {_set_to(value, expression)}"
                for name, value in change.set.items()
            )
        )
    if change.remove:
        clauses.append("REMOVE " + ", ".join(map(expression.name, change.remove)))
    if change.add:
        clauses.append(
            "ADD "
            + ", ".join(
                f"{expression.name(name)} {expression.value(value)}"
                for name, value in change.add.items()
            )
        )
    return " ".join(clauses)


def _set_to(value: Any, expression: Expression) -> str:
    if isinstance(value, Former):
        former, otherwise = expression.name(value.attribute), expression.value(value.otherwise)
        return f"if_not_exists({former}, {otherwise})"
    return expression.value(value)
