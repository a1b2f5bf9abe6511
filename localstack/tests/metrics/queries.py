"""What a Grafana dashboard asks Prometheus for, by Prometheus' own grammar."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import promql_parser as promql
from embedded.config import REPOSITORY

DASHBOARD = REPOSITORY / "localstack" / "grafana" / "boxoffice.json"
# What Grafana puts in before it asks.
_VARIABLES = {"$__rate_interval": "1m", "$__range": "1h"}


class Asked(NamedTuple):
    """A series by its name, and the labels that a query tells its series apart by."""

    name: str
    labels: frozenset[str]


def panels(dashboard: Path = DASHBOARD) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(dashboard.read_text("utf-8"))["panels"]
    return found


def expressions(panel: dict[str, Any]) -> list[str]:
    return [target["expr"] for target in panel.get("targets", [])]


def asked(expression: str) -> set[Asked]:
    """Raises ValueError on what Prometheus would not read."""
    for variable, value in _VARIABLES.items():
        expression = expression.replace(variable, value)
    return set(_selected(promql.parse(expression), frozenset()))


def _selected(node: Any, labels: frozenset[str]) -> Iterator[Asked]:
    match node:
        case promql.VectorSelector():
            matched = {matcher.name for matcher in node.matchers.matchers}
            yield Asked(str(node.name), labels | matched)
        case promql.MatrixSelector():
            yield from _selected(node.vector_selector, labels)
        case promql.AggregateExpr():
            by = frozenset(node.modifier.labels) if node.modifier else frozenset()
            yield from _selected(node.expr, labels | by)
        case promql.BinaryExpr():
            yield from _selected(node.lhs, labels)
            yield from _selected(node.rhs, labels)
        case promql.Call():
            for argument in node.args:
                yield from _selected(argument, labels)
        case promql.ParenExpr() | promql.UnaryExpr():
            yield from _selected(node.expr, labels)
        case promql.NumberLiteral():
            return
        case _:
            raise TypeError(f"Not looked into: {type(node).__name__}")
