"""The written OpenAPI document is what the routes declare, no more and no less."""

import json
import subprocess
import sys

import pytest

from infra.openapi import DOCUMENT, MODULES

SPEC = json.loads(DOCUMENT.read_text("utf-8"))
OPERATIONS = [
    (method, path, operation)
    for path, operations in SPEC["paths"].items()
    for method, operation in operations.items()
]


def test_the_document_has_not_fallen_behind_the_routes() -> None:
    # In a process of its own, since the routes' modules read their settings when imported.
    rendered = subprocess.run(
        [sys.executable, "-c", "from infra.openapi import render; print(render(), end='')"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert rendered == DOCUMENT.read_text("utf-8"), "run make openapi"


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_each_call_says_what_it_does_and_how_it_refuses(
    method: str, path: str, operation: dict[str, object]
) -> None:
    assert operation["summary"]
    assert operation["tags"] in [[tag] for tag in MODULES]
    responses = operation["responses"]
    assert isinstance(responses, dict)
    assert any(status.startswith("2") for status in responses)
    for status, response in responses.items():
        if int(status) >= 400:
            name = response["$ref"].rpartition("/")[2]
            refusal = SPEC["components"]["responses"][name]
            assert list(refusal["content"]) == ["application/problem+json"]
    is_public = operation["x-access"] == "public"
    assert ("security" not in operation) == is_public
    assert ("401" in responses) or is_public


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(ids) == len(set(ids))
