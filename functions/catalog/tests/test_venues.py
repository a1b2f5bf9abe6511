"""Venues are common to all organizers, and stay as long as an event names them."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.shared.pagination import encode_cursor, list_name
from functions.shared.tests.deployed import Client

HALL = {"name": "Town Hall", "city": "Pune", "capacity": 392}
Create = Callable[..., dict[str, Any]]
Venue = Callable[..., int]


def test_a_venue_is_answered_as_it_was_sent(client: Client, organizer: str) -> None:
    answer = client("POST", "/v1/venues", HALL, token=organizer)
    assert answer.status == 201
    assert answer.body == HALL | {"venueId": 1, "createdAt": answer.body["createdAt"]}
    assert answer.body["createdAt"].endswith("Z")
    read = client("GET", "/v1/venues/1")
    assert (read.status, read.body) == (200, answer.body)


def test_an_absent_venue_is_not_found(client: Client, organizer: str) -> None:
    client("GET", "/v1/venues/1").problem(404, "not-found")
    client("PUT", "/v1/venues/1", HALL, token=organizer).problem(404, "not-found")
    client("DELETE", "/v1/venues/1", token=organizer).problem(404, "not-found")


def test_a_venue_is_replaced_by_any_organizer(
    client: Client, venue: Venue, other_organizer: str
) -> None:
    path = f"/v1/venues/{venue()}"
    before = client("GET", path).body
    answer = client("PUT", path, HALL | {"city": "Mumbai"}, token=other_organizer)
    assert (answer.status, answer.body) == (200, before | HALL | {"city": "Mumbai"})
    assert client("GET", path).body == answer.body


def test_an_event_is_where_its_venue_now_says(
    client: Client, create: Create, organizer: str
) -> None:
    event = create()
    moved = HALL | {"name": "New Hall", "city": "Mumbai"}
    client("PUT", f"/v1/venues/{event['venueId']}", moved, token=organizer)
    read = client("GET", f"/v1/events/{event['eventId']}").body
    assert (read["venueName"], read["city"]) == ("New Hall", "Mumbai")


def test_a_venue_without_events_can_go(client: Client, venue: Venue, organizer: str) -> None:
    path = f"/v1/venues/{venue()}"
    answer = client("DELETE", path, token=organizer)
    assert (answer.status, answer.body) == (204, None)
    client("GET", path).problem(404, "not-found")


def test_a_venue_with_events_stays(client: Client, create: Create, organizer: str) -> None:
    path = f"/v1/venues/{create()['venueId']}"
    client("DELETE", path, token=organizer).problem(409, "venue-has-events")
    assert client("GET", path).status == 200


def test_pages_of_venues_follow_each_other(client: Client, venue: Venue) -> None:
    made = [venue(f"Venue {number}") for number in range(5)]
    seen: list[int] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = client("GET", "/v1/venues", query=query).body
        seen += [one["venueId"] for one in page["items"]]
        if page["nextCursor"] is None:
            break
        query["cursor"] = page["nextCursor"]
    assert seen == made


def test_a_full_last_page_has_no_cursor(client: Client, venue: Venue) -> None:
    venue()
    venue()
    assert client("GET", "/v1/venues", query={"limit": 2}).body["nextCursor"] is None
    assert client("GET", "/v1/venues", query={"limit": 1}).body["nextCursor"] is not None


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "n" * 201}, "/name"),
        ({"city": "Pu\x00ne"}, "/city"),
        ({"city": None}, "/city"),
        ({"capacity": 0}, "/capacity"),
        ({"capacity": 1_000_001}, "/capacity"),
        ({"capacity": "many"}, "/capacity"),
        ({"owner": 3}, "/owner"),
    ],
)
def test_a_bad_field_of_a_venue_is_named(
    client: Client, venue: Venue, organizer: str, changed: dict[str, Any], pointer: str
) -> None:
    path = f"/v1/venues/{venue()}"
    assert client("POST", "/v1/venues", HALL | changed, token=organizer).faults() == {pointer}
    assert client("PUT", path, HALL | changed, token=organizer).faults() == {pointer}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": 0}, "/limit"),
        ({"limit": 101}, "/limit"),
        ({"cursor": "nonsense"}, "/cursor"),
        ({"cursor": encode_cursor({"venueId": "x"}, of=list_name("/v1/venues", {}))}, "/cursor"),
    ],
)
def test_a_bad_query_for_venues_is_named(
    client: Client, query: dict[str, Any], pointer: str
) -> None:
    assert client("GET", "/v1/venues", query=query).faults() == {pointer}
