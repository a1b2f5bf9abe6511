"""The shape that every answer has: problem+json, CORS and security headers, a request id."""

import json
from collections.abc import Mapping
from typing import Any, Final

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
