"""A search finds by parts, status and dates, in order of date, page by page."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from functions.catalog.tests.conftest import SOON, wire
from functions.shared.pagination import encode_cursor, list_name
from functions.shared.tests.deployed import Client

Create = Callable[..., dict[str, Any]]
Venue = Callable[..., int]
Found = Callable[..., list[str]]


@pytest.fixture
def found(client: Client) -> Found:
    """The titles a search answers with."""

    def found(**query: Any) -> list[str]:
        answer = client("GET", "/v1/events/search", query=query)
        assert answer.status == 200, answer.body
        return [event["title"] for event in answer.body["items"]]

    return found


@pytest.fixture
def programme(create: Create, venue: Venue) -> None:
    pune, mumbai = venue("Town Hall", "Pune"), venue("Sea Hall", "Navi Mumbai")
    create(title="A", venueId=pune, eventType="Concert", eventDate=day(1), status="ON_SALE")
    create(title="B", venueId=mumbai, eventType="Rock concert", eventDate=day(3))
    create(title="C", venueId=mumbai, eventType="Play", eventDate=day(2), status="ON_SALE")


def day(number: int) -> str:
    return wire(SOON + timedelta(days=number))


@pytest.mark.usefixtures("programme")
@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({}, ["A", "C", "B"]),
        ({"city": "mumbai"}, ["C", "B"]),
        ({"city": "PUN"}, ["A"]),
        ({"event_type": "concert"}, ["A", "B"]),
        ({"eventType": "CONCERT"}, ["A", "B"]),
        ({"status": "ON_SALE"}, ["A", "C"]),
        ({"status": "SOLD_OUT"}, []),
        ({"q": "b"}, ["B"]),
        ({"q": "sea h"}, ["C", "B"]),
        ({"from": day(2)}, ["C", "B"]),
        ({"to": day(2)}, ["A"]),
        ({"from": day(2), "to": day(3)}, ["C"]),
        ({"from": day(3), "to": day(2)}, []),
        ({"city": "mumbai", "event_type": "concert", "status": "SCHEDULED"}, ["B"]),
        ({"city": "mumbai", "event_type": "concert", "status": "ON_SALE"}, []),
        ({"city": "Atlantis"}, []),
    ],
)
def test_a_search_finds_what_meets_every_condition(
    found: Found, query: dict[str, str], titles: list[str]
) -> None:
    assert found(**query) == titles


@pytest.mark.usefixtures("programme")
def test_a_search_without_conditions_and_the_list_are_the_same(client: Client) -> None:
    searched, listed = client("GET", "/v1/events/search"), client("GET", "/v1/events")
    assert searched.body == listed.body
    assert [event["title"] for event in listed.body["items"]] == ["A", "C", "B"]
    assert client("GET", "/v1/events/3").body == listed.body["items"][1]


def test_what_is_found_is_empty_when_nothing_is(client: Client) -> None:
    answer = client("GET", "/v1/events/search", query={"city": "Pune"})
    assert (answer.status, answer.body) == (200, {"items": [], "nextCursor": None})


@pytest.mark.parametrize(
    ("part", "title"), [("50%", "50% off"), ("a_b", "a_b"), ("x/y", "x/y"), ("\\", "back\\slash")]
)
def test_wildcards_in_a_search_are_letters(
    create: Create, venue: Venue, found: Found, part: str, title: str
) -> None:
    for name in ("50% off", "50 off", "a_b", "aab", "x/y", "x//y", "back\\slash"):
        create(title=name, eventType=name, venueId=venue("Hall", name))
    assert found(q=part) == found(city=part) == found(event_type=part) == [title]


def test_letters_of_any_script_match_in_any_case(create: Create, found: Found) -> None:
    create(title="ÜBERMORGEN", eventType="Ballet")
    assert found(q="übermorgen") == ["ÜBERMORGEN"]


def test_a_date_is_a_moment_whatever_its_offset(create: Create, found: Found) -> None:
    create(title="Moment")
    east = SOON.astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat()
    assert found(**{"from": east}) == ["Moment"]
    assert found(to=east) == []


def test_pages_follow_each_other_through_events_of_one_moment(
    client: Client, create: Create, venue: Venue
) -> None:
    hall = venue()
    for number in (3, 1, 1, 1, 2, 1, 0):
        create(title=str(number), eventDate=day(number), venueId=hall)
    whole = client("GET", "/v1/events/search").body["items"]
    assert [event["title"] for event in whole] == ["0", "1", "1", "1", "1", "2", "3"]
    for path in ("/v1/events", "/v1/events/search"):
        seen: list[Any] = []
        query: dict[str, Any] = {"limit": 2}
        while True:
            page = client("GET", path, query=query).body
            seen += page["items"]
            if page["nextCursor"] is None:
                break
            query["cursor"] = page["nextCursor"]
        assert seen == whole


def test_a_later_page_keeps_the_conditions_and_misses_no_new_event(
    client: Client, create: Create, venue: Venue
) -> None:
    pune, delhi = venue("Hall", "Pune"), venue("Hall", "Delhi")
    create(title="A", venueId=pune, eventDate=day(1))
    create(title="D", venueId=delhi, eventDate=day(2))
    create(title="C", venueId=pune, eventDate=day(3))
    query: dict[str, Any] = {"limit": 1, "city": "pune"}
    first = client("GET", "/v1/events/search", query=query).body
    create(title="early", venueId=pune, eventDate=day(0))
    create(title="B", venueId=pune, eventDate=day(2))
    rest = query | {"limit": 9, "cursor": first["nextCursor"]}
    second = client("GET", "/v1/events/search", query=rest).body
    assert [event["title"] for event in first["items"]] == ["A"]
    assert [event["title"] for event in second["items"]] == ["B", "C"]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": 0}, "/limit"),
        ({"limit": 101}, "/limit"),
        ({"status": "on_sale"}, "/status"),
        ({"city": ""}, "/city"),
        ({"q": "a\x00"}, "/q"),
        ({"event_type": "t" * 101}, "/eventType"),
        ({"from": "yesterday"}, "/from"),
        ({"to": "2030-01-01T00:00:00"}, "/to"),
        ({"cursor": "nonsense"}, "/cursor"),
    ],
)
def test_a_bad_query_for_events_is_named(
    client: Client, query: dict[str, Any], pointer: str
) -> None:
    assert client("GET", "/v1/events/search", query=query).faults() == {pointer}


SEARCH = list_name("/v1/events/search", {"city": "Pune"})


@pytest.mark.parametrize(
    "position",
    [
        {"eventId": 1},
        {"eventId": 1, "eventDate": "9999-12-31T23:59:59-12:00"},
        {"eventId": 2**40, "eventDate": wire(datetime.now(UTC))},
    ],
)
def test_a_cursor_that_points_nowhere_is_refused(client: Client, position: dict[str, Any]) -> None:
    query = {"city": "Pune", "cursor": encode_cursor(position, of=SEARCH)}
    assert client("GET", "/v1/events/search", query=query).faults() == {"/cursor"}


def test_a_cursor_of_another_search_is_refused(client: Client) -> None:
    position = {"eventId": 1, "eventDate": wire(datetime.now(UTC))}
    cursor = encode_cursor(position, of=SEARCH)
    assert (
        client("GET", "/v1/events/search", query={"city": "Pune", "cursor": cursor}).status == 200
    )
    for path, query in (
        ("/v1/events/search", {"city": "Mumbai"}),
        ("/v1/events/search", {}),
        ("/v1/events", {}),
    ):
        assert client("GET", path, query=query | {"cursor": cursor}).faults() == {"/cursor"}
