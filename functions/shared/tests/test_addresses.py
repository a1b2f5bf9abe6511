"""A client is known by the address somebody we trust saw, whatever it says itself."""

from typing import Any

import pytest

from functions.shared.addresses import client_address, network_of
from functions.shared.api import Access, Api
from functions.shared.tests.gateway import FakeContext, request

SEEN = "203.0.113.9"


def event(*forwarded: str, seen: str = SEEN, name: str = "x-forwarded-for") -> dict[str, Any]:
    sent = request("GET", "/here")
    sent["requestContext"]["identity"]["sourceIp"] = seen
    if forwarded:
        sent["headers"][name] = forwarded[-1]
        sent["multiValueHeaders"][name] = list(forwarded)
    return sent


@pytest.mark.parametrize("forwarded", [(), ("198.51.100.1",), ("198.51.100.1, 203.0.113.9",)])
def test_without_proxies_of_ours_it_is_whom_the_gateway_saw(forwarded: tuple[str, ...]) -> None:
    assert client_address(event(*forwarded), 0) == SEEN


@pytest.mark.parametrize(
    "forwarded",
    [
        ("192.0.2.7",),
        ("198.51.100.1, 192.0.2.7",),
        ("198.51.100.1,192.0.2.7 ",),
        ("198.51.100.1", "192.0.2.7"),
        (", , nonsense, 192.0.2.7",),
    ],
)
def test_behind_one_proxy_it_is_the_last_address(forwarded: tuple[str, ...]) -> None:
    assert client_address(event(*forwarded), 1) == "192.0.2.7"
    assert client_address(event(*forwarded, name="X-Forwarded-For"), 1) == "192.0.2.7"


def test_behind_two_it_is_the_one_before_the_last() -> None:
    assert client_address(event("198.51.100.1, 192.0.2.7, 10.0.0.1"), 2) == "192.0.2.7"


def test_what_came_around_the_proxies_is_whom_the_gateway_saw() -> None:
    assert client_address(event(), 1) == SEEN
    assert client_address(event("198.51.100.1"), 2) == SEEN
    assert client_address(event("nonsense"), 1) == SEEN


@pytest.mark.parametrize(
    ("spelt", "address"),
    [
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7", "192.0.2.7"),
    ],
)
def test_one_address_has_one_spelling(spelt: str, address: str) -> None:
    assert client_address(event(spelt), 1) == address
    assert client_address(event(seen=spelt), 0) == address


def test_a_subscriber_has_one_address_of_ipv4_and_a_64_of_ipv6() -> None:
    assert network_of("192.0.2.7") == "192.0.2.7"
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1") == "2001:db8::/64"
    assert network_of("2001:db8::1") != network_of("2001:db8:0:1::1")
    assert network_of("unknown") == "unknown"


def test_a_route_is_told_who_called_by_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setenv("VOUCHED_ADDRESSES", "1")
    api = Api("test", None)

    @api.get("/here", Access.PUBLIC)
    def here() -> dict[str, str]:
        said.append(api.client_address())
        return {}

    api.handler(event("198.51.100.1, 192.0.2.7"), FakeContext())
    assert said == ["192.0.2.7"]
