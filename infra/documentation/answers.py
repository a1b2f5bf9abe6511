"""Answers with all that comes with them: headers, problem codes, and a problem as it looks."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from functions.shared.documented import Declaration
from functions.shared.problems import (
    CONTENT_TYPE,
    IdempotencyKeyRequired,
    Problem,
    Unauthenticated,
    ValidationFailed,
)

HEADERS: Final[dict[str, dict[str, Any]]] = {
    "X-Request-Id": {
        "description": "Names this request in our logs; your own if you sent one of 1 to 64 "
        "letters, digits and hyphens.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$"},
    },
    "Access-Control-Allow-Origin": {
        "description": "Any page may ask.",
        "required": True,
        "schema": {"type": "string", "const": "*"},
    },
    "Cache-Control": {
        "description": "`no-store`, unless the answer may be kept.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "Where what was made is read.",
        "required": True,
        "schema": {"type": "string"},
    },
    "ETag": {
        "description": "Send it as If-None-Match, and get a 304 while nothing has changed.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Idempotency-Replayed": {
        "description": "`true`: this was done before, by a request with the same key.",
        "schema": {"type": "string", "const": "true"},
    },
    "Retry-After": {
        "description": "Seconds until it is worth asking again.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "WWW-Authenticate": {
        "description": "How to sign in (RFC 6750).",
        "required": True,
        "schema": {"type": "string"},
    },
}
_EVERYWHERE: Final = ("X-Request-Id", "Access-Control-Allow-Origin", "Cache-Control")
_OF_STATUS: Final = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}
_OF_OPERATION: Final = {
    ("place_order", 201): ("Location",),
    ("read_availability", 200): ("ETag",),
    ("read_availability", 304): ("ETag",),
}
_PROBLEM: Final = "#/components/schemas/ProblemView"


def describe_answers(
    operation: dict[str, Any], declared: Declaration, components: dict[str, Any]
) -> None:
    """Complete an operation's answers; a refusal is described once, among the components."""
    name = operation["operationId"]
    by_status: dict[int, list[type[Problem]]] = {}
    for problem in declared.problems:
        by_status.setdefault(int(problem.status), []).append(problem)
    answers: dict[str, Any] = {}
    for status in sorted({*map(int, declared.statuses), *by_status}):
        if status in by_status:
            problems = sorted(by_status[status], key=lambda each: each.code())
            named = f"{status}-" + "-or-".join(each.code() for each in problems)
            components.setdefault("responses", {})[named] = _refusal(status, problems)
            answers[str(status)] = {"$ref": f"#/components/responses/{named}"}
            continue
        answer = operation["responses"][str(status)]
        if status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            answer.pop("content", None)
        elif declared.example:
            shown = {"schema": {"type": "string"}, "example": declared.example}
            answer["content"] = {declared.media_type: shown}
        answer["headers"] = _headers(*_OF_OPERATION.get((name, status), ()))
        if IdempotencyKeyRequired in declared.problems:
            answer["headers"] |= _headers("Idempotency-Replayed")
        answers[str(status)] = answer
    operation["responses"] = answers


def _refusal(status: int, problems: list[type[Problem]]) -> dict[str, Any]:
    codes = [each.code() for each in problems]
    schema = {
        "allOf": [{"$ref": _PROBLEM}],
        "properties": {"status": {"const": status}, "code": {"enum": codes}},
    }
    return {
        "description": " or ".join(f"`{code}`" for code in codes),
        "headers": _headers(*_OF_STATUS.get(status, ())),
        "content": {
            CONTENT_TYPE: {
                "schema": schema,
                "examples": {each.code(): {"value": _example(each)} for each in problems},
            }
        },
    }


def _example(problem: type[Problem]) -> Mapping[str, Any]:
    document = problem(f"{problem.title}.").document()
    if problem.status in _OF_STATUS and problem is not Unauthenticated:
        document["retryAfter"] = 1
    if problem is ValidationFailed:
        document["errors"] = [{"pointer": "/eventId", "detail": "Field required"}]
    return {**document, "instance": "/v1/seats/reserve"}


def _headers(*more: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*_EVERYWHERE, *more)}
