"""What seating needs of catalog's EventChanged is promised by its schema."""

from types import ModuleType
from typing import Any

from functions.seating.catalog import ToldPolicy
from functions.seating.domain import EventStatus
from functions.shared.tests.event_schemas import schema_of


def promised() -> dict[str, Any]:
    detail: dict[str, Any] = schema_of("boxoffice.catalog", "EventChanged")["properties"]["detail"]
    return detail


def test_all_that_seating_reads_is_always_told(seating_events: ModuleType) -> None:
    fields = seating_events.EventChanged.model_fields.values()
    assert {field.alias for field in fields} <= set(promised()["required"])
    (_, policy) = promised()["properties"]["refundPolicy"]["anyOf"]
    assert {field.alias for field in ToldPolicy.model_fields.values()} <= set(policy["required"])


def test_seating_knows_each_status_that_may_be_told() -> None:
    assert set(promised()["properties"]["status"]["enum"]) <= {*EventStatus}
