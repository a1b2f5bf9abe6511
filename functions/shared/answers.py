"""The shape that every answer has: problem+json, CORS and security headers, a request id."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.middlewares.openapi_validation import (
    OpenAPIResponseValidationMiddleware,
)

from functions.shared.models import View
from functions.shared.problems import CONTENT_TYPE, Problem

_EXPOSED = (
    "Allow, ETag, Idempotency-Replayed, Location, Retry-After, WWW-Authenticate, X-Request-Id"
)
_ALLOWED = "Authorization, Content-Type, Idempotency-Key, If-None-Match, Prefer, X-Request-Id"

# What a browser must know of every answer. Nothing here is sent with cookies, so any page may ask;
# what it may do is in the token it has.
HEADERS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": _EXPOSED,
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}
# Answers are somebody's own unless their route says that anybody may keep them.
_PRIVATE: Final = "no-store"


class Encoding(OpenAPIResponseValidationMiddleware):
    """Encodes what a route returns: a view, or text that is encoded already.

    Powertools' own would make dictionaries of each view, validate those, make dictionaries again
    and encode them; but a view was validated when it was made.
    """

    def handler(self, app: Any, next_middleware: Callable[[Any], Response[Any]]) -> Response[Any]:
        response = next_middleware(app)
        if isinstance(response.body, View):
            response.body = response.body.model_dump_json()
        elif not isinstance(response.body, str | None):
            raise TypeError(f"A route returned a {type(response.body).__name__}, which is no view.")
        return response


def encoded(status: int, body: str, headers: Mapping[str, str]) -> Response[Any]:
    """An answer whose JSON is made already; its route says of which model."""
    return Response(status, "application/json", body, headers=dict(headers))


def request_id_of(event: Mapping[str, Any], context: Any) -> str:
    sent = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    candidate = sent.get("x-request-id") or ""
    # A client's own id is kept when it is short and plain, so that it cannot forge log lines.
    if 1 <= len(candidate) <= 64 and candidate.isascii() and candidate.replace("-", "").isalnum():
        return str(candidate)
    return str((event.get("requestContext") or {}).get("requestId") or context.aws_request_id)


def finish(answer: dict[str, Any], request_id: str) -> None:
    headers = answer.setdefault("multiValueHeaders", {})
    headers.setdefault("Cache-Control", [_PRIVATE])
    headers["X-Request-Id"] = [request_id]
    headers |= {name: [value] for name, value in HEADERS.items()}


def problem_answer(problem: Problem, path: str) -> dict[str, Any]:
    headers = {"Content-Type": CONTENT_TYPE, "Cache-Control": _PRIVATE, **problem.headers}
    return {
        "statusCode": int(problem.status),
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "body": json.dumps({**problem.document(), "instance": path}),
        "isBase64Encoded": False,
    }


def preflight_answer(allow: str) -> dict[str, Any]:
    """What OPTIONS is answered, a browser's preflight too; `allow` as in the Allow header."""
    headers = {
        "Allow": allow,
        "Access-Control-Allow-Methods": allow,
        "Access-Control-Allow-Headers": _ALLOWED,
        "Access-Control-Max-Age": "600",
    }
    return {
        "statusCode": 204,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "body": "",
        "isBase64Encoded": False,
    }
