"""Who speaks is known by a token that this deployment signed, and by nothing else."""

from typing import Any

import pytest

from blackbox.caller import Caller, gave, new_key, refused
from blackbox.forgeries import FORGERIES
from blackbox.show import Show


@pytest.fixture(scope="module")
def key(anybody: Caller) -> dict[str, Any]:
    """The first of the published keys."""
    published: dict[str, Any] = gave(anybody.get("/.well-known/jwks.json"))["keys"][0]
    return published


def test_published_keys_are_public_halves_of_p256_only(anybody: Caller) -> None:
    keys = gave(anybody.get("/.well-known/jwks.json"))["keys"]
    assert 1 <= len(keys) <= 3
    for each in keys:
        assert (each["kty"], each["crv"], each["alg"], each["use"]) == (
            *("EC", "P-256", "ES256", "sig"),
        )
        assert "d" not in each


def test_a_genuine_token_tells_who_speaks(customer: Caller) -> None:
    assert gave(customer.get("/v1/users/me"))["id"] == customer.user_id


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_is_a_401(customer: Caller, key: dict[str, Any], name: str) -> None:
    forged = FORGERIES[name](customer.token or "", key)
    answer = customer.as_bearer_of(forged).get("/v1/users/me")
    refused(answer, 401, "unauthenticated")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    "scheme", ["", "Basic ", "Token ", "Bearer", "Bearer\u00a0", "bearer=", "Bearer Bearer "]
)
def test_only_a_bearer_token_counts(anybody: Caller, customer: Caller, scheme: str) -> None:
    headers: dict[str, str | bytes] = {"Authorization": f"{scheme}{customer.token}"}
    refused(anybody.ask("GET", "/v1/users/me", headers=headers), 401, "unauthenticated")


def test_who_sends_no_token_is_not_told_of_a_wrong_one(anybody: Caller) -> None:
    answer = anybody.get("/v1/users/me")
    refused(answer, 401, "unauthenticated")
    assert "error=" not in answer.headers["www-authenticate"]


@pytest.mark.parametrize("name", ["access_token", "token"])
def test_a_token_in_the_query_is_none(anybody: Caller, customer: Caller, name: str) -> None:
    answer = anybody.ask("GET", "/v1/orders", query={name: customer.token})
    refused(answer, 401, "unauthenticated")


@pytest.mark.parametrize("forgery", ["alg none", "another role", "a forger's key"])
def test_every_domain_looks_at_the_signature(
    customer: Caller, key: dict[str, Any], forgery: str
) -> None:
    forger = customer.as_bearer_of(FORGERIES[forgery](customer.token or "", key))
    for method, path in [
        ("GET", "/v1/users"),
        ("POST", "/v1/venues"),
        ("POST", "/v1/seats/reserve"),
        ("GET", "/v1/orders"),
        ("GET", "/v1/payments"),
    ]:
        refused(forger.ask(method, path), 401, "unauthenticated")


def test_a_wrong_token_is_refused_before_the_request_is_read(anybody: Caller, show: Show) -> None:
    answer = anybody.ask("POST", "/v1/orders", content=b"{", key=new_key())
    refused(answer, 401, "unauthenticated")
    refused(anybody.ask("POST", "/v1/seats/reserve", {"eventId": "x"}), 401, "unauthenticated")


def test_a_public_route_asks_for_no_token_and_minds_no_wrong_one(anybody: Caller) -> None:
    gave(anybody.as_bearer_of("forged").get("/v1/events"))
