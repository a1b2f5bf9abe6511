"""The schemas in `events/schemas/`, and whether an event is what they say.

`<domain>/<DetailType>.json` describes the event that `boxoffice.<domain>` tells under that name; a
consumer must bear more than it says, a producer may not tell more.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

EVENTS: Final = Path(__file__).parents[3] / "events"
SCHEMAS: Final = EVENTS / "schemas"
_SOURCE: Final = "boxoffice."


def described() -> set[tuple[str, str]]:
    """Source and detail type of each event that has a schema."""
    return {(f"{_SOURCE}{path.parent.name}", path.stem) for path in SCHEMAS.glob("*/*.json")}


def schema_of(source: str, detail_type: str) -> dict[str, Any]:
    schema: dict[str, Any] = _documents()[f"{source.removeprefix(_SOURCE)}/{detail_type}"]
    return schema


def samples() -> list[tuple[Path, dict[str, Any]]]:
    """Every sample of a domain event, of producers and of consumers."""
    documents = [(path, json.loads(path.read_text())) for path in sorted(EVENTS.glob("*/*.json"))]
    return [(path, document) for path, document in documents if "detail-type" in document]


def faults(event: Mapping[str, Any]) -> list[str]:
    """What is wrong with an event: no schema, or not what it says. Nothing if all is well."""
    name = (event["source"], event["detail-type"])
    if name not in described():
        return [f"{name} has no schema in events/schemas/"]
    return [
        f"{name} at {error.json_path}: {error.message}"
        for error in _validator(*name).iter_errors(event)
    ]


@cache
def _documents() -> dict[str, Any]:
    return {
        path.relative_to(SCHEMAS).with_suffix("").as_posix(): json.loads(path.read_text())
        for path in SCHEMAS.rglob("*.json")
    }


@cache
def _validator(source: str, detail_type: str) -> Draft202012Validator:
    resources = [Resource.from_contents(document) for document in _documents().values()]
    registry: Registry[Any] = resources @ Registry()
    return Draft202012Validator(schema_of(source, detail_type), registry=registry)
