"""Parameters with the bounds, patterns and choices that their models have.

Powertools takes the fields of a query's model apart, and loses all but the type of each.
"""

from typing import Any, Final

from aws_lambda_powertools.event_handler.api_gateway import Route
from pydantic import BaseModel, TypeAdapter

from functions.shared.idempotency import KEY_PATTERN, MAX_KEY_LENGTH
from infra.documentation.schemas import tidy_schema

# Where an Idempotency-Key is required: no retry of these may ever be done twice.
KEYED: Final = frozenset({"place_order", "charge_order"})
_REF: Final = "#/components/schemas/{model}"
_KEY: Final = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_KEY_LENGTH,
    "pattern": KEY_PATTERN,
}
_HEADERS: Final[dict[str, dict[str, Any]]] = {
    "idempotency-key": {
        "name": "Idempotency-Key",
        "description": "Makes a retry safe: the same key and body are done once, and answered "
        "the same again. Your own choice, a UUID say; kept for 24 hours or longer.",
        "schema": _KEY,
        "example": "9d3c7d1e-5c1c-4d0b-9f0e-2f6a1c7b8e55",
    },
    "prefer": {
        "name": "Prefer",
        "description": "`wait=N` waits up to N seconds, at most 20 (RFC 7240).",
        "schema": {"type": "string"},
        "example": "wait=10",
    },
    "if-none-match": {
        "name": "If-None-Match",
        "description": "The ETag of an answer you have, several of them, or `*`.",
        "schema": {"type": "string"},
        "example": 'W/"33a64df551425fcc55e4d42a148795d9"',
    },
}


def describe_parameters(operation: dict[str, Any], route: Route) -> None:
    """Make every parameter of an operation say all that is asked of it."""
    described = [
        *_path_parameters(route),
        *_query_parameters(route),
        *_header_parameters(route),
    ]
    if described:
        operation["parameters"] = described


def schemas_of(route: Route) -> dict[str, Any]:
    """The schemas, enumerations all, that the parameters of a route refer to."""
    found: dict[str, Any] = {}
    for model in _query_models(route):
        found |= model.model_json_schema(ref_template=_REF).get("$defs", {})
    return found


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": field.alias,
            "in": "path",
            "required": True,
            "schema": _schema(field.field_info),
        }
        for field in route.dependant.path_params
    ]


def _schema(field_info: Any) -> dict[str, Any]:
    schema = TypeAdapter(field_info.rebuild_annotation()).json_schema()
    tidied: dict[str, Any] = tidy_schema(schema, is_sent=False)
    return tidied


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        _query_parameter(name, schema, is_required=name in whole.get("required", ()))
        for model in _query_models(route)
        for whole in [model.model_json_schema(ref_template=_REF)]
        for name, schema in whole["properties"].items()
    ]


def _query_parameter(name: str, schema: dict[str, Any], *, is_required: bool) -> dict[str, Any]:
    # Null is said by leaving a parameter out.
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(choices) == 1:
        schema = {**{key: value for key, value in schema.items() if key != "anyOf"}, **choices[0]}
    elif choices:
        schema = {**schema, "anyOf": choices}
    if schema.get("default", 0) is None:
        del schema["default"]
    description = schema.pop("description", None)
    return {
        "name": name,
        "in": "query",
        "required": is_required,
        **({"description": description} if description else {}),
        "schema": tidy_schema(schema, is_sent=True),
    }


def _query_models(route: Route) -> list[type[BaseModel]]:
    return [field.field_info.annotation for field in route.dependant.query_params]  # type: ignore[misc]


def _header_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {
            **_HEADERS[field.alias],
            "in": "header",
            "required": field.alias == "idempotency-key" and route.operation_id in KEYED,
        }
        for field in route.dependant.header_params
    ]
