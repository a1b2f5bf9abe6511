"""One shape for every answer, whatever the route does."""

import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

import pytest
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.shared.api import MAX_BODY_BYTES, Access, Api
from functions.shared.models import Limit, Request, View
from functions.shared.problems import NotFound, ServiceUnavailable, Unauthenticated
from functions.shared.tests.gateway import FakeContext, request
from functions.shared.tokens import Principal, Role, TokenVerifier


class Placed(Request):
    seat_ids: list[int]


class PlacedView(View):
    seat_ids: list[int]
    placed_at: datetime


class Listed(Request):
    event_id: int
    limit: Limit = 50


class KnownTokens(TokenVerifier):
    """Tokens that are their own role, so that these tests are about routes alone."""

    def __init__(self) -> None:
        super().__init__("test", dict)

    def verify(self, token: str) -> Principal:
        if token not in set(Role):
            raise Unauthenticated.because("No such token.", "invalid_token")
        return Principal(7, Role(token))


api = Api("test", KnownTokens())


@api.post("/v1/things/<thing_id>", Access.PUBLIC, status=HTTPStatus.CREATED)
def post_thing(thing_id: int, body: Placed) -> PlacedView:
    """Place a thing."""
    if thing_id == 500:
        raise KeyError("a secret that must not leak")
    if thing_id == 503:
        raise ServiceUnavailable.retry_after(2, "The store did not answer.")
    return PlacedView(seat_ids=body.seat_ids, placed_at=datetime(2026, 1, 2, tzinfo=UTC))


@api.get("/v1/things", Access.PUBLIC, raises=(NotFound,))
def list_things(query: Annotated[Listed, Query()]) -> PlacedView:
    """List things."""
    if query.event_id == 404:
        raise NotFound("There is no such event.", unavailableSeats=[1])
    if query.event_id == 1:
        return {"nonsense": True}  # type: ignore[return-value] # a bug on our side
    return PlacedView(seat_ids=[query.event_id, query.limit], placed_at=datetime.now(UTC))


@api.delete("/v1/things", Access.ADMIN, status=HTTPStatus.NO_CONTENT)
def delete_things() -> None:
    """Delete all things."""


@api.get("/v1/things/mine", Access.PUBLIC)
def list_mine() -> PlacedView:
    """List mine."""
    return PlacedView(seat_ids=[], placed_at=datetime.now(UTC))


@api.get("/v1/me", Access.SIGNED_IN)
def read_me() -> PlacedView:
    """Who am I."""
    return PlacedView(seat_ids=[api.principal().user_id], placed_at=datetime.now(UTC))


def send(method: str, path: str, **options: Any) -> tuple[int, Any, dict[str, str]]:
    answer = api.handler(request(method, path, **options), FakeContext())
    headers = {name.lower(): values[0] for name, values in answer["multiValueHeaders"].items()}
    return answer["statusCode"], json.loads(answer["body"] or "null"), headers


@pytest.mark.parametrize("spelling", ["seatIds", "seat_ids"])
def test_a_body_is_read_in_both_spellings_and_answered_in_camel_case(spelling: str) -> None:
    status, body, headers = send("POST", "/v1/things/3", body={spelling: [1]})
    assert (status, body) == (201, {"seatIds": [1], "placedAt": "2026-01-02T00:00:00Z"})
    assert headers["access-control-allow-origin"] == "*"
    assert headers["x-request-id"]


@pytest.mark.parametrize("spelling", ["eventId", "event_id"])
def test_a_query_is_read_in_both_spellings(spelling: str) -> None:
    assert send("GET", "/v1/things", query={spelling: "9"})[1]["seatIds"] == [9, 50]


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("POST", "/v1/things/3", {"raw": "{"}, 400, "malformed-request"),
        ("POST", "/v1/things/3", {"body": {"seatIds": [1], "x": 1}}, 422, "validation-failed"),
        ("POST", "/v1/things/3", {}, 422, "validation-failed"),
        ("POST", "/v1/things/3", {"body": []}, 422, "validation-failed"),
        ("POST", "/v1/things/500", {"body": {"seatIds": []}}, 500, "internal-error"),
        ("POST", "/v1/things/503", {"body": {"seatIds": []}}, 503, "service-unavailable"),
        ("GET", "/v1/things", {"query": {"eventId": "404"}}, 404, "not-found"),
        ("GET", "/v1/things", {"query": {"eventId": "1"}}, 500, "internal-error"),
        ("GET", "/v1/nothing", {}, 404, "not-found"),
        ("PATCH", "/v1/things", {}, 405, "method-not-allowed"),
        ("GET", "/v1/me", {}, 401, "unauthenticated"),
        ("GET", "/v1/me", {"token": "FORGED"}, 401, "unauthenticated"),
        ("DELETE", "/v1/things", {"token": "CUSTOMER"}, 403, "forbidden"),
        (
            "POST",
            "/v1/things/3",
            {"raw": "x" * (MAX_BODY_BYTES + 1)},
            413,
            "payload-too-large",
        ),
        (
            "POST",
            "/v1/things/3",
            {"raw": "a=1", "headers": {"Content-Type": "text/plain"}},
            415,
            "unsupported-media-type",
        ),
    ],
)
def test_every_refusal_is_problem_details(
    method: str, path: str, options: dict[str, Any], status: int, code: str
) -> None:
    answered, body, headers = send(method, path, **options)
    assert (answered, body["status"], body["code"]) == (status, status, code)
    assert (body["type"], body["instance"]) == (f"/problems/{code}", path)
    assert headers["content-type"] == "application/problem+json"
    assert headers["access-control-allow-origin"] == "*"
    assert headers["x-request-id"]
    assert "secret" not in json.dumps(body)


def test_a_fault_is_named_by_a_pointer_into_what_was_sent() -> None:
    body = send("POST", "/v1/things/3", body={"seatIds": [1, "a"]})[1]
    assert [fault["pointer"] for fault in body["errors"]] == ["/seatIds/1"]
    body = send("GET", "/v1/things", query={"eventId": "x"})[1]
    assert [fault["pointer"] for fault in body["errors"]] == ["/eventId"]


def test_a_refused_method_is_told_what_is_allowed() -> None:
    assert send("PATCH", "/v1/things")[2]["allow"] == "DELETE, GET, HEAD, OPTIONS"
    status, body, headers = send("OPTIONS", "/v1/things")
    assert (status, body) == (204, None)
    assert headers["access-control-allow-methods"] == "DELETE, GET, HEAD, OPTIONS"
    assert "Authorization" in headers["access-control-allow-headers"]


def test_a_path_that_is_spelled_out_is_no_id() -> None:
    assert send("GET", "/v1/things/mine")[0] == 200
    status, _, headers = send("POST", "/v1/things/mine", body={"seatIds": [1]})
    assert (status, headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert send("OPTIONS", "/v1/things/mine")[2]["allow"] == "GET, HEAD, OPTIONS"


def test_a_role_is_asked_before_the_body_is_looked_at() -> None:
    assert send("DELETE", "/v1/things", raw="{")[0] == 401


def test_no_content_has_no_body() -> None:
    answer = api.handler(request("DELETE", "/v1/things", token="ADMIN"), FakeContext())
    assert (answer["statusCode"], answer["body"]) == (204, "")


def test_head_is_get_without_the_body() -> None:
    status, body, headers = send("HEAD", "/v1/things", query={"eventId": "9"})
    assert (status, body) == (200, None)
    assert headers["content-type"] == "application/json"


def test_the_caller_reaches_the_route() -> None:
    assert send("GET", "/v1/me", token="CUSTOMER")[1]["seatIds"] == [7]


def test_retry_after_is_a_header_and_a_member() -> None:
    _, body, headers = send("POST", "/v1/things/503", body={"seatIds": []})
    assert (body["retryAfter"], headers["retry-after"]) == (2, "2")


def test_a_plain_request_id_of_the_clients_is_kept_and_a_wild_one_is_not() -> None:
    headers = {"X-Request-Id": "abc-123"}
    assert send("GET", "/v1/nothing", headers=headers)[2]["x-request-id"] == "abc-123"
    headers = {"X-Request-Id": 'a"\n'}
    assert send("GET", "/v1/nothing", headers=headers)[2]["x-request-id"] != 'a"\n'
