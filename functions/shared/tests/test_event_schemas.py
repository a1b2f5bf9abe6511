"""Each domain event has a schema, each schema a sample, and nobody tells what has none.

What producers really tell in all other tests is held to the schemas by `conftest.py`.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from functions.shared import events
from functions.shared.events import DomainEvent, publish
from functions.shared.tests.event_schemas import SCHEMAS, described, faults, samples

FUNCTIONS = Path(__file__).parents[2]
OURS = "boxoffice."
REFUNDED: dict[str, Any] = {
    "source": "boxoffice.payments",
    "detail-type": "PaymentRefunded",
    "detail": {
        "orderId": "o-1",
        "paymentId": "p-1",
        "refundId": "r-1",
        "amountCents": 100,
        "currency": "INR",
    },
}


@pytest.mark.parametrize("path", sorted(SCHEMAS.rglob("*.json")), ids=lambda path: path.stem)
def test_each_schema_is_one_and_calls_itself_by_its_place(path: Path) -> None:
    schema = json.loads(path.read_text())
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    place = path.relative_to(SCHEMAS).as_posix()
    assert schema["$id"] == f"https://boxoffice.example/events/schemas/{place}"
    if "/" in place:
        assert (schema["properties"]["source"], schema["properties"]["detail-type"]) == (
            {"const": f"{OURS}{path.parent.name}"},
            {"const": path.stem},
        )


@pytest.mark.parametrize(
    "sample",
    [
        pytest.param(sample, id=f"{path.parent.name}-{path.stem}")
        for path, sample in samples()
        if sample["source"].startswith(OURS)
    ],
)
def test_each_sample_is_what_its_schema_says(sample: dict[str, Any]) -> None:
    assert faults(sample) == []


def test_each_schema_has_a_sample_of_its_producer() -> None:
    shown = {
        (sample["source"], sample["detail-type"])
        for path, sample in samples()
        if sample["source"] == f"{OURS}{path.parent.name}"
    }
    assert shown == described()


@pytest.mark.parametrize(
    "changed",
    [
        {"amountCents": 1.5},
        {"amountCents": "100"},
        {"amountCents": -1},
        {"currency": "inr"},
        {"refundId": ""},
        {"refundId": None},
        {"email": "asha@example.com"},
    ],
)
def test_an_event_of_another_shape_is_found_out(changed: dict[str, Any]) -> None:
    assert faults(REFUNDED) == []
    detail: dict[str, Any] = REFUNDED["detail"]
    assert faults(REFUNDED | {"detail": detail | changed})
    assert faults(REFUNDED | {"detail": {name: detail[name] for name in list(detail)[1:]}})


@pytest.mark.parametrize("reason", ["EXPIRED", "REFUNDED", "RELEASED", "UNBLOCKED"])
def test_seats_go_back_to_a_request_only_where_it_was_kept(reason: str) -> None:
    detail = {"eventId": 1, "seatIds": [1], "reason": reason}
    freed = {"source": "boxoffice.seating", "detail-type": "SeatsFreed", "detail": detail}
    assert faults(freed) == []
    claimed = faults(freed | {"detail": detail | {"correlationId": "r-1"}})
    assert bool(claimed) == (reason in {"REFUNDED", "UNBLOCKED"})


def test_an_event_without_a_schema_is_found_out_where_it_is_told(
    event_faults: list[str],
) -> None:
    class Bus:
        def put_events(self, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803
            return {"FailedEntryCount": 0, "Entries": Entries}

    publish(Bus(), "bus", [DomainEvent("boxoffice.payments", "PaymentLost", {})])  # type: ignore[arg-type]
    assert event_faults == [
        "('boxoffice.payments', 'PaymentLost') has no schema in events/schemas/"
    ]
    event_faults.clear()


def test_events_are_told_in_one_place() -> None:
    """So that there all of them can be held to their schemas."""
    speakers = [
        path
        for path in FUNCTIONS.rglob("*.py")
        if "tests" not in path.parts and "put_events" in path.read_text()
    ]
    assert speakers == [Path(events.__file__)]
