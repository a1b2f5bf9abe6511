"""What every answer tells a browser, and what may be kept of it."""

import re
from base64 import b64encode
from hashlib import sha256
from http import HTTPStatus
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import Response

from functions.shared import docs
from functions.shared.api import Access, Api
from functions.shared.etags import is_known
from functions.shared.problems import ServiceUnavailable
from functions.shared.tests.gateway import FakeContext, request

api = Api("test", None)


@api.get("/v1/private", Access.PUBLIC)
def read_private() -> None:
    """Read."""


@api.get("/v1/kept", Access.PUBLIC)
def read_kept() -> Response[None]:
    """Read."""
    return Response(HTTPStatus.OK, "application/json", None, {"Cache-Control": "no-cache"})


@api.get("/v1/away", Access.PUBLIC)
def read_away() -> None:
    """Read."""
    raise ServiceUnavailable.retry_after(1, "It is away.")


@api.get("/v1/broken", Access.PUBLIC)
def read_broken() -> None:
    """Read."""
    raise KeyError("a secret")


def headers_of(of: Api, method: str, path: str, **sent: Any) -> dict[str, str]:
    answer = of.handler(request(method, path, **sent), FakeContext())
    return {name: values[0] for name, values in answer["multiValueHeaders"].items()}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/private"),
        ("GET", "/v1/kept"),
        ("GET", "/v1/away"),
        ("GET", "/v1/broken"),
        ("GET", "/v1/nothing"),
        ("POST", "/v1/private"),
        ("HEAD", "/v1/private"),
        ("OPTIONS", "/v1/private"),
        ("OPTIONS", "/v1/nothing"),
    ],
)
def test_every_answer_has_an_id_and_what_a_browser_must_know(method: str, path: str) -> None:
    headers = headers_of(api, method, path)
    assert headers["X-Request-Id"]
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert {"ETag", "Location", "Retry-After", "X-Request-Id"} <= set(
        headers["Access-Control-Expose-Headers"].split(", ")
    )
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    kept = "no-cache" if path == "/v1/kept" else "no-store"
    assert headers["Cache-Control"] == kept


@pytest.mark.parametrize("value", ["é", "\U0001f3ad", "a" * 10_000, "\x01", ""])
@pytest.mark.parametrize("name", ["X-Request-Id", "Authorization", "Prefer", "X-Anything"])
def test_no_header_of_a_clients_breaks_an_answer(name: str, value: str) -> None:
    headers = headers_of(api, "GET", "/v1/private", headers={name: value})
    assert re.fullmatch(r"[0-9a-f-]{36}", headers["X-Request-Id"])


def test_the_page_may_run_its_own_scripts_and_no_others() -> None:
    answer = docs.api.handler(request("GET", "/docs"), FakeContext())
    policy = answer["multiValueHeaders"]["Content-Security-Policy"][0]
    assert policy.startswith("default-src 'none'")
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", answer["body"], re.DOTALL)
    assert len(scripts) == policy.count("'sha256-") == 2
    for script in scripts:
        assert b64encode(sha256(script.encode()).digest()).decode() in policy
    assert "script-src 'unsafe-inline'" not in policy


def test_what_anybody_may_read_may_be_kept_for_a_while() -> None:
    for path in ("/docs", "/openapi.json"):
        assert headers_of(docs.api, "GET", path)["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize(
    "sent", ['W/"a"', '"a"', "*", '"b", W/"a"', 'W/"b","a" , "c"', ' "a" ', '"b,c", "a"']
)
def test_a_client_that_names_the_tag_has_the_answer(sent: str) -> None:
    assert is_known('W/"a"', sent)
    assert is_known('"a"', sent)


@pytest.mark.parametrize("sent", [None, "", "a", 'W/"b"', '"b", "c"', '"aa"', '"b*"', "W/a", '"a'])
def test_a_client_that_names_another_has_not(sent: str | None) -> None:
    assert not is_known('W/"a"', sent)
