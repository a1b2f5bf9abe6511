"""What answers say of themselves: who may keep them, how to read them, and which request it was."""

import re
from typing import Any

import pytest

from blackbox.caller import Caller, gave
from blackbox.contract import Contract
from blackbox.promises import PROBLEM
from blackbox.show import Booking, Show

SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
UUID = re.compile(r"[0-9a-f-]{36}")


@pytest.mark.parametrize(
    "path", ["/v1/events", "/health", "/docs", "/openapi.json", "/v1/nothing", "/v1/orders"]
)
def test_every_answer_says_how_it_is_to_be_read(anybody: Caller, path: str) -> None:
    headers = anybody.get(path).headers
    for name, value in SECURITY.items():
        assert headers.get(name) == value, name
    assert "max-age=" in headers.get("strict-transport-security", "")


def test_the_readable_contract_runs_no_foreign_script(anybody: Caller) -> None:
    answer = anybody.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy or "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<(script|link)[^>]+(src|href)=.?https?:", answer.text)


def test_what_is_private_is_kept_by_nobody(
    customer: Caller, booking: Booking, reservation: dict[str, Any]
) -> None:
    for path in (
        "/v1/users/me",
        f"/v1/users/{customer.user_id}",
        "/v1/orders",
        f"/v1/orders/{booking.order_id}",
        f"/v1/orders/{booking.order_id}/tickets",
        f"/v1/tickets/{booking.ticket_id}",
        f"/v1/tickets/{booking.ticket_id}/qr.svg",
        f"/v1/payments/{booking.payment_id}",
        f"/v1/seats/reservations/{reservation['reservationId']}",
    ):
        answer = customer.get(path)
        assert answer.status_code == 200, path
        assert "no-store" in answer.headers.get("cache-control", ""), path


@pytest.mark.parametrize("given", ["abc-123", "A" * 64, "0"])
def test_a_plain_request_id_is_kept(anybody: Caller, given: str) -> None:
    for path in ("/health", "/v1/events", "/v1/events/x", "/v1/orders"):
        assert (
            anybody.ask("GET", path, headers={"X-Request-Id": given}).headers["x-request-id"]
            == given
        )


@pytest.mark.parametrize("given", ["", "a b", "a\tb", "A" * 65, "{}", "\u00e9", "a;b", "../x"])
def test_any_other_request_id_is_replaced(anybody: Caller, given: str) -> None:
    answer = anybody.ask("GET", "/v1/events", headers={"X-Request-Id": given.encode()})
    assert UUID.fullmatch(answer.headers["x-request-id"])


def test_each_request_has_an_id_of_its_own(anybody: Caller) -> None:
    assert len({anybody.get("/health").headers["x-request-id"] for _ in range(5)}) == 5


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Accept", "application/xml"),
        ("Accept-Language", "\u0939\u093f"),
        ("User-Agent", "x" * 4_000),
        ("Cookie", "token=x; role=ADMIN"),
        ("X-Role", "ADMIN"),
        ("X-User-Id", "1"),
        ("Host", "evil.example"),
        ("X-Forwarded-Host", "evil.example"),
        ("X-Original-URL", "/v1/users"),
        ("X-Rewrite-URL", "/v1/users"),
        ("Range", "bytes=0-1"),
        ("If-Match", '"x"'),
    ],
)
def test_a_header_that_is_not_ours_changes_nothing(
    anybody: Caller, show: Show, name: str, value: str
) -> None:
    path = f"/v1/events/{show.event_id}"
    answer = anybody.ask("GET", path, headers={name: value.encode()})
    assert gave(answer) == gave(anybody.get(path))
    assert "evil.example" not in str(answer.headers) + answer.text


@pytest.mark.parametrize("name", ["Authorization", "If-None-Match", "X-Custom"])
def test_a_header_without_end_is_no_failure_of_ours(anybody: Caller, show: Show, name: str) -> None:
    path = f"/v1/seats/availability?eventId={show.event_id}"
    answer = anybody.ask("GET", path, headers={name: "x" * 8_000})
    assert answer.status_code in (200, 400, 431), answer.text


def test_the_contract_is_served_where_it_says(anybody: Caller, document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    problem = document["components"]["schemas"]["ProblemView"]["properties"]
    assert {"type", "title", "status", "detail", "instance", "code"} <= set(problem)
    for path in document["paths"].values():
        for operation in path.values():
            for status, answer in operation.get("responses", {}).items():
                if status >= "400":
                    assert list(Contract(document).resolved(answer)["content"]) == [PROBLEM]
