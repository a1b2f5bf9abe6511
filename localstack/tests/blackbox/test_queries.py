"""Query parameters, page sizes and cursors: each of its kind, or a 422 that says which."""

from typing import Any

import pytest

from blackbox.caller import Caller, gave, refused
from blackbox.show import Show

LISTS = ["/v1/venues", "/v1/events", "/v1/events/search", "/v1/users", "/v1/orders"]


def invalid(caller: Caller, path: str, pointer: str, **query: Any) -> None:
    problem = refused(caller.get(path, **query), 422, "validation-failed")
    assert pointer in {fault["pointer"] for fault in problem["errors"]}, problem


@pytest.mark.parametrize("limit", ["0", "-1", "101", "1.5", "ten", "", "99999999999999999999"])
def test_a_page_has_1_to_100_items(administrator: Caller, show: Show, limit: str) -> None:
    for path in LISTS:
        invalid(administrator, path, "/limit", limit=limit)
    invalid(administrator, "/v1/seats", "/limit", limit=limit, eventId=show.event_id)


@pytest.mark.parametrize(
    "cursor", ["x", "e30", "bnVsbA", "W10", "' OR 1=1--", "../x", "\0", "A" * 2_000, "A" * 7_000]
)
def test_a_cursor_is_never_invented(administrator: Caller, show: Show, cursor: str) -> None:
    for path in LISTS:
        invalid(administrator, path, "/cursor", cursor=cursor)
    invalid(administrator, "/v1/seats", "/cursor", cursor=cursor, eventId=show.event_id)


def test_pages_follow_each_other_without_a_gap(anybody: Caller, show: Show) -> None:
    numbers: list[int] = []
    cursor: dict[str, str] = {}
    for _ in range(5):
        page = gave(anybody.get("/v1/seats", eventId=show.event_id, limit=7, **cursor))
        assert len(page["items"]) == 7
        numbers += [seat["seatId"] for seat in page["items"]]
        cursor = {"cursor": page["nextCursor"]}
    assert numbers == list(range(1, 36))


def test_a_cursor_of_another_list_is_none_of_this(administrator: Caller, show: Show) -> None:
    own = {path: gave(administrator.get(path, limit=1))["nextCursor"] for path in LISTS[:4:3]}
    seats = gave(administrator.get("/v1/seats", eventId=show.event_id, limit=1))["nextCursor"]
    assert seats
    invalid(administrator, "/v1/venues", "/cursor", cursor=seats)
    invalid(administrator, "/v1/events", "/cursor", cursor=seats)
    invalid(administrator, "/v1/users", "/cursor", cursor=seats)
    assert own["/v1/users"]
    invalid(administrator, "/v1/events", "/cursor", cursor=own["/v1/users"])
    invalid(administrator, "/v1/venues", "/cursor", cursor=own["/v1/users"])


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("/v1/users", "role", "GOD"),
        ("/v1/users", "status", "active"),
        ("/v1/users", "search", "x" * 101),
        ("/v1/users", "search", "\0"),
        ("/v1/orders", "status", "PAID"),
        ("/v1/orders", "userId", "me"),
        ("/v1/orders", "eventId", "-1"),
        ("/v1/events/search", "status", "on_sale"),
        ("/v1/events/search", "from", "yesterday"),
        ("/v1/events/search", "to", "2026-13-01T00:00:00Z"),
        ("/v1/events/search", "q", "\0"),
        ("/v1/seats/availability", "eventId", "one"),
        ("/v1/seats/availability", "eventId", "99999999999999999999"),
        ("/v1/seats", "eventId", "0"),
    ],
)
def test_a_parameter_of_the_wrong_kind_is_named(
    administrator: Caller, path: str, name: str, value: str
) -> None:
    invalid(administrator, path, f"/{name}", **{name: value})


@pytest.mark.parametrize("path", ["/v1/seats/availability", "/v1/seats", "/v1/seats/1"])
def test_a_parameter_that_is_missing_is_named(anybody: Caller, path: str) -> None:
    invalid(anybody, path, "/eventId")


def test_parameters_are_spelled_either_way(anybody: Caller, show: Show) -> None:
    for name in ("eventId", "event_id"):
        assert gave(anybody.get("/v1/seats/availability", **{name: show.event_id}))


@pytest.mark.parametrize("path", LISTS)
def test_a_parameter_that_nobody_asked_for_is_named(administrator: Caller, path: str) -> None:
    invalid(administrator, path, "/sortBy", sortBy="password")


@pytest.mark.parametrize("path", LISTS)
def test_a_parameter_is_sent_once(administrator: Caller, path: str) -> None:
    refused(administrator.ask("GET", f"{path}?limit=1&limit=2"), 422, "validation-failed")
