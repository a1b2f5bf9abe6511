"""The OpenAPI document is complete, and what it shows is what it says."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from functions.shared.problems import CONTENT_TYPE
from infra.documentation.parameters import KEYED
from infra.openapi import DOCUMENT

SPEC: dict[str, Any] = json.loads(DOCUMENT.read_text("utf-8"))
OPERATIONS: dict[str, dict[str, Any]] = {
    operation["operationId"]: operation
    for operations in SPEC["paths"].values()
    for operation in operations.values()
}


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """The part, or what it refers to among the components."""
    if "$ref" not in part:
        return part
    found: Any = SPEC
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return dict(found)


def answers(operation: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    for status, answer in operation["responses"].items():
        yield int(status), resolved(answer)


def faults(schema: dict[str, Any], example: Any) -> list[str]:
    whole = {**schema, "components": SPEC["components"]}
    validator = Draft202012Validator(whole, format_checker=FormatChecker())
    return [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(example)]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_body_and_answer_has_an_example_that_is_one(name: str) -> None:
    operation = OPERATIONS[name]
    contents = [operation.get("requestBody", {}).get("content", {})]
    contents += [answer.get("content", {}) for _, answer in answers(operation)]
    for content in contents:
        for media in content.values():
            examples = [each["value"] for each in media.get("examples", {}).values()]
            for example in examples or [media["example"]]:
                assert faults(media["schema"], example) == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_parameter_has_bounds_and_its_example_keeps_them(name: str) -> None:
    for parameter in OPERATIONS[name].get("parameters", ()):
        schema = parameter["schema"]
        deep = resolved(schema)
        if deep.get("type") == "integer":
            assert {"minimum", "maximum"} <= deep.keys(), parameter
        elif parameter["in"] != "header":
            choices = deep.get("anyOf", [deep])
            for each in map(resolved, choices):
                assert each.keys() & {"enum", "maxLength", "format", "pattern"}, parameter
        if "example" in parameter:
            assert faults(schema, parameter["example"]) == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_names_its_headers_and_every_refusal_its_codes(name: str) -> None:
    for status, answer in answers(OPERATIONS[name]):
        headers = answer["headers"].keys()
        assert {"X-Request-Id", "Access-Control-Allow-Origin", "Cache-Control"} <= headers
        assert ("WWW-Authenticate" in headers) == (status == 401)
        assert ("Retry-After" in headers) == (status in (429, 503))
        if status >= 400:
            [media] = [answer["content"][CONTENT_TYPE]]
            codes = media["schema"]["properties"]["code"]["enum"]
            assert sorted(media["examples"]) == codes


def test_the_headers_of_single_calls_are_named() -> None:
    placed = OPERATIONS["place_order"]["responses"]["201"]["headers"]
    assert {"Location", "Idempotency-Replayed"} <= placed.keys()
    for status in ("200", "304"):
        assert "ETag" in OPERATIONS["read_availability"]["responses"][status]["headers"]


def test_a_key_is_required_where_it_is_and_offered_where_it_is_not() -> None:
    required = {
        name: parameter["required"]
        for name, operation in OPERATIONS.items()
        for parameter in operation.get("parameters", ())
        if parameter["name"] == "Idempotency-Key"
    }
    assert {name for name, is_required in required.items() if is_required} == KEYED
    assert required.keys() - KEYED == {"reserve_seats", "refund_payment"}


def test_every_link_goes_somewhere_with_what_is_wanted_there() -> None:
    links = [
        link
        for operation in OPERATIONS.values()
        for _, answer in answers(operation)
        for link in answer.get("links", {}).values()
    ]
    assert len(links) > 40
    for link in links:
        following = OPERATIONS[link["operationId"]]
        names = {parameter["name"] for parameter in following.get("parameters", ())}
        assert link.get("parameters", {}).keys() <= names, link
        if "requestBody" in link:
            [media] = following["requestBody"]["content"].values()
            assert link["requestBody"].keys() <= resolved(media["schema"])["properties"].keys()


def test_every_schema_is_used() -> None:
    text = DOCUMENT.read_text("utf-8")
    for kind in ("schemas", "responses", "headers"):
        for name in SPEC["components"][kind]:
            assert f'"#/components/{kind}/{name}"' in text, name
