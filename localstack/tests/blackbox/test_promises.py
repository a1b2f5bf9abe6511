"""The suite itself must be able to say no: an answer that breaks a promise is found."""

import httpx
import pytest

from blackbox.caller import Caller
from blackbox.contract import Contract, Seen
from blackbox.promises import PROBLEM, check_every_answer

HEADERS = {
    "X-Request-Id": "1",
    "Access-Control-Allow-Origin": "*",
    "Content-Type": PROBLEM,
    "Cache-Control": "no-store",
}
REFUSAL = {
    "type": "/problems/not-found",
    "title": "There is no such thing",
    "status": 404,
    "detail": "There is no such order.",
    "instance": "/v1/orders/x",
    "code": "not-found",
}


def answer(
    code: int = 404, headers: dict[str, str | None] | None = None, /, **changed: object
) -> httpx.Response:
    document = REFUSAL | {"status": code} | changed
    said = {name: value for name, value in (HEADERS | (headers or {})).items() if value is not None}
    return httpx.Response(code, headers=said, json=document)


def check(found: httpx.Response, method: str = "GET") -> None:
    check_every_answer(method, "/v1/orders/x", found)


def test_a_refusal_as_promised_is_none_to_complain_of() -> None:
    check(answer())
    check(answer(401, {"WWW-Authenticate": 'Bearer realm="x"'}))
    check(answer(405, {"Allow": "GET"}))
    check(answer(429, {"Retry-After": "3"}, retryAfter=3))
    check(answer(errors=[{"pointer": "/a", "detail": "No."}, {"pointer": "", "detail": "No."}]))


@pytest.mark.parametrize(
    "broken",
    [
        answer(500),
        answer(502),
        answer(503, {"Retry-After": "1"}),
        answer(404, {"X-Request-Id": None}),
        answer(404, {"Access-Control-Allow-Origin": None}),
        answer(404, {"Access-Control-Allow-Origin": "https://shop.example"}),
        answer(404, {"Access-Control-Allow-Credentials": "true"}),
        answer(404, {"Content-Type": "application/json"}),
        answer(404, {"Cache-Control": None}),
        answer(401),
        answer(401, {"WWW-Authenticate": "Basic"}),
        answer(405),
        answer(429, {"Retry-After": "0"}),
        answer(429, {"Retry-After": "3"}, retryAfter=4),
        answer(404, status=400),
        answer(code="NotFound"),
        answer(type="about:blank"),
        answer(title=""),
        answer(detail=""),
        answer(instance=""),
        answer(detail="sqlalchemy.exc.DataError: (pg8000) 22021"),
        answer(detail='File "orders/store.py", line 7'),
        answer(errors=[{"pointer": "a", "detail": "No."}]),
        answer(errors=[{"pointer": "/a", "detail": ""}]),
    ],
)
def test_a_broken_promise_is_found(broken: httpx.Response) -> None:
    with pytest.raises(AssertionError):
        check(broken)


def test_a_429_that_does_not_say_when_is_found() -> None:
    with pytest.raises(KeyError):
        check(answer(429))


def test_a_head_with_a_body_is_found() -> None:
    with pytest.raises(AssertionError):
        check(answer(), "HEAD")


def test_every_request_of_a_caller_is_looked_at_and_goes_out_as_written() -> None:
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answer(500)

    with (
        httpx.Client(
            base_url="https://shop.example/api/", transport=httpx.MockTransport(serve)
        ) as connections,
        pytest.raises(AssertionError),
    ):
        Caller(connections, "token").get("/v1/orders/../x")
    assert asked[0].extensions["target"] == b"/api/v1/orders/../x"
    assert asked[0].headers["authorization"] == "Bearer token"


DOCUMENT = {
    "paths": {
        "/v1/orders/{order_id}": {
            "get": {
                "responses": {
                    "200": {"description": "An order"},
                    "404": {"$ref": "#/components/responses/absent"},
                }
            }
        }
    },
    "components": {"responses": {"absent": {"description": "`not-found` or `gone`"}}},
}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/orders/x", 200, None),
        ("GET", "/v1/orders/x", 404, "not-found"),
        ("HEAD", "/v1/orders/x", 404, None),
        ("OPTIONS", "/v1/orders/x", 204, None),
        ("POST", "/v1/orders/x", 405, "method-not-allowed"),
        ("GET", "/v1/nothing", 404, "not-found"),
    ],
)
def test_an_answer_that_is_documented_is_allowed(
    method: str, path: str, status: int, code: str | None
) -> None:
    assert Contract(DOCUMENT).allows(Seen(method, path, status, code))


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/orders/x", 201, None),
        ("GET", "/v1/orders/x", 404, "not"),
        ("GET", "/v1/orders/x", 422, "validation-failed"),
        ("POST", "/v1/orders/x", 404, "not-found"),
        ("GET", "/v1/nothing", 200, None),
        ("OPTIONS", "/v1/nothing", 204, None),
    ],
)
def test_an_answer_that_no_document_tells_of_is_found(
    method: str, path: str, status: int, code: str | None
) -> None:
    assert not Contract(DOCUMENT).allows(Seen(method, path, status, code))
