"""What every answer promises, whatever was asked (API.md, its first two paragraphs)."""

import re
from typing import Final

import httpx

PROBLEM: Final = "application/problem+json"
# What names our insides: a client learns nothing from it, an attacker does.
_INSIDES: Final = re.compile(
    r"Traceback|\.py\b|File \"|sqlalchemy|pg8000|botocore|pydantic|powertools|pg_catalog|arn:aws",
    re.IGNORECASE,
)


def check_every_answer(method: str, path: str, answer: httpx.Response) -> None:
    """Never a 5xx; a request id; CORS on errors too; each refusal a problem that says no more."""
    asked = f"{method} {path[:200]}"
    status, headers = answer.status_code, answer.headers
    assert status < 500, f"{asked} was answered {status}: {answer.text[:500]}"
    assert headers.get("x-request-id"), f"{asked}: {status} without X-Request-Id"
    assert headers.get("access-control-allow-origin") == "*", f"{asked}: {status} without CORS"
    assert "access-control-allow-credentials" not in headers, f"{asked}: credentials and any origin"
    if status == 401:
        assert headers.get("www-authenticate", "").startswith("Bearer"), f"{asked}: no challenge"
    if status == 405:
        assert headers.get("allow"), f"{asked}: 405 without Allow"
    if status in (429, 503):
        assert int(headers["retry-after"]) > 0, f"{asked}: come back when?"
    if method == "HEAD":
        assert answer.content == b"", f"{asked} has a body"
    elif status >= 400:
        _check_problem(asked, answer)


def _check_problem(asked: str, answer: httpx.Response) -> None:
    assert answer.headers.get("content-type") == PROBLEM, f"{asked}: {answer.headers}"
    assert "no-store" in answer.headers.get("cache-control", ""), f"{asked}: a problem to be kept"
    document = answer.json()
    assert document["status"] == answer.status_code, document
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", document["code"]), document
    assert document["type"] == f"/problems/{document['code']}", document
    assert all(document[member] for member in ("title", "detail", "instance")), document
    said = {name: value for name, value in document.items() if name != "instance"}
    assert not _INSIDES.search(str(said)), f"{asked} tells of our insides: {document}"
    for fault in document.get("errors", []):
        assert fault["detail"], document
        assert fault["pointer"] == "" or fault["pointer"].startswith("/"), document
    if "retryAfter" in document:
        assert str(document["retryAfter"]) == answer.headers["retry-after"], document
