"""Every path answers every method, and every answer can be read by a page of another origin."""

from typing import Any

import pytest

from blackbox.caller import Caller, gave, new_key, refused
from blackbox.routes import ACCESS, filled, operations
from blackbox.show import Show

ORIGIN: dict[str, str | bytes] = {"Origin": "https://shop.example"}
Methods = dict[str, set[str]]


VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@pytest.fixture(scope="module")
def methods(document: dict[str, Any]) -> Methods:
    """What the contract lets one do at each path."""
    allowed: Methods = {}
    for method, path in [*operations(document), *ACCESS]:
        also = {"HEAD"} if method == "GET" else set()
        allowed.setdefault(path, {"OPTIONS"}).update({method}, also)
    return allowed


def listed(header: str) -> set[str]:
    return {each.strip() for each in header.split(",")}


def test_another_method_is_a_405_that_says_which_are_allowed(
    anybody: Caller, methods: Methods
) -> None:
    for path, promised in methods.items():
        answers = {verb: anybody.ask(verb, filled(path)) for verb in VERBS}
        refusals = {verb: each for verb, each in answers.items() if each.status_code == 405}
        assert refusals, path
        for answer in refusals.values():
            refused(answer, 405, "method-not-allowed")
            allowed = listed(answer.headers["allow"])
            assert allowed >= promised, path
            # What is allowed is all that is answered otherwise.
            assert allowed - {"HEAD", "OPTIONS"} == set(VERBS) - set(refusals), path


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "PURGE", "LOCK"])
def test_no_method_is_beyond_an_answer(customer: Caller, method: str) -> None:
    for path in ("/v1/events", "/v1/orders", "/v1/users/me", "/v1/seats", "/v1/payments"):
        answer = customer.ask(method, path)
        refused(answer, 405, "method-not-allowed")
        assert "GET" in listed(answer.headers["allow"])


def test_a_preflight_says_what_a_page_may_send(anybody: Caller, methods: Methods) -> None:
    for path, promised in methods.items():
        headers = ORIGIN | {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, idempotency-key",
        }
        answer = anybody.ask("OPTIONS", filled(path), headers=headers)
        assert answer.status_code == 204, path
        assert answer.content == b""
        assert listed(answer.headers["access-control-allow-methods"]) >= promised
        assert listed(answer.headers["allow"]) >= promised
        sendable = answer.headers["access-control-allow-headers"].lower()
        for name in ("authorization", "content-type", "idempotency-key", "if-none-match", "prefer"):
            assert name in sendable
        assert int(answer.headers["access-control-max-age"]) > 0


def test_no_preflight_for_what_is_not_served(anybody: Caller) -> None:
    refused(anybody.ask("OPTIONS", "/v1/nothing", headers=ORIGIN), 404, "not-found")


def test_a_page_may_read_what_the_contract_promises(anybody: Caller) -> None:
    exposed = anybody.ask("GET", "/v1/events", headers=ORIGIN).headers
    readable = listed(exposed["access-control-expose-headers"].lower())
    assert readable >= {
        *("allow", "etag", "idempotency-replayed", "location", "retry-after"),
        *("www-authenticate", "x-request-id"),
    }


def test_every_kind_of_refusal_can_be_read_by_a_page(customer: Caller, anybody: Caller) -> None:
    """The header itself is looked for in every answer of the suite."""
    kinds = [
        (customer.ask("POST", "/v1/seats/release", content=b"{", headers=ORIGIN), 400),
        (anybody.ask("GET", "/v1/orders", headers=ORIGIN), 401),
        (customer.ask("POST", "/v1/venues", headers=ORIGIN), 403),
        (customer.ask("GET", "/v1/orders/x", headers=ORIGIN), 404),
        (customer.ask("GET", "/nothing", headers=ORIGIN), 404),
        (customer.ask("DELETE", "/v1/orders", headers=ORIGIN), 405),
        (customer.ask("POST", "/v1/orders", content=b"x" * 70_000, headers=ORIGIN), 413),
        (customer.ask("POST", "/v1/orders", {}, media="text/plain", headers=ORIGIN), 415),
        (customer.ask("POST", "/v1/seats/release", {}, headers=ORIGIN), 422),
    ]
    for answer, status in kinds:
        assert answer.status_code == status, answer.text
        assert "x-request-id" in answer.headers["access-control-expose-headers"].lower()


@pytest.mark.parametrize(
    "path", ["/v1/events", "/v1/venues", "/health", "/.well-known/jwks.json", "/openapi.json"]
)
def test_head_answers_as_get_does_without_a_body(anybody: Caller, path: str) -> None:
    got, head = anybody.get(path), anybody.ask("HEAD", path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]


def test_head_refuses_as_get_does(anybody: Caller, customer: Caller) -> None:
    assert anybody.ask("HEAD", "/v1/orders").status_code == 401
    assert customer.ask("HEAD", "/v1/orders/x").status_code == 404
    assert customer.ask("HEAD", "/v1/charge").status_code == 405


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH"])
def test_a_method_in_a_header_is_none(customer: Caller, show: Show, method: str) -> None:
    headers: dict[str, str | bytes] = {"X-HTTP-Method-Override": method}
    gave(customer.ask("GET", f"/v1/events/{show.event_id}", headers=headers))
    answer = customer.ask("POST", "/v1/venues", {}, key=new_key(), headers=headers)
    refused(answer, 403, "forbidden")
