"""What anybody may read of an event's seats, over HTTP."""

from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from functions.seating.store.store import Store
from functions.seating.tests.callers import SEAT_FIELDS, reserve
from functions.seating.tests.shows import Show, floor
from functions.shared.tests.deployed import Client


def test_availability_answers_counts_seats_and_when(
    client: Client, sale: Show, customer: str
) -> None:
    reserve(client, customer, eventId=sale.event_id, seatIds=[1, 2])
    answer = client("GET", "/v1/seats/availability", query={"eventId": sale.event_id})
    assert answer.status == 200
    body = answer.body
    assert (body["eventId"], body["totalSeats"]) == (sale.event_id, 25)
    counts = [body[f"{kind}Seats"] for kind in ("available", "reserved", "allocated", "blocked")]
    assert counts == [23, 2, 0, 0]
    assert body["availabilityBySection"][1] == {
        "section": "Floor",
        "generalAdmission": True,
        "totalSeats": 5,
        "availableSeats": 5,
        "reservedSeats": 0,
        "allocatedSeats": 0,
        "blockedSeats": 0,
    }
    assert [seat["seatId"] for seat in body["availableSeatsList"]] == list(range(3, 26))
    assert set(body["availableSeatsList"][0]) == SEAT_FIELDS
    assert datetime.fromisoformat(body["asOf"]).tzinfo is not None


def test_availability_takes_snake_case_and_one_section(client: Client, sale: Show) -> None:
    query = {"event_id": sale.event_id, "section": "Floor"}
    body = client("GET", "/v1/seats/availability", query=query).body
    assert (body["totalSeats"], len(body["availabilityBySection"])) == (5, 1)


def test_a_large_event_is_summed_up(client: Client, store: Store) -> None:
    show = Show(store, floor(2_001), now=datetime.now(UTC))
    query: dict[str, Any] = {"eventId": show.event_id}
    body = client("GET", "/v1/seats/availability", query=query).body
    assert (body["availableSeats"], body["availableSeatsList"]) == (2_001, None)
    body = client("GET", "/v1/seats/availability", query=query | {"section": "Floor"}).body
    assert len(body["availableSeatsList"]) == 2_001


def test_what_a_reader_has_already_is_not_sent_again(
    client: Client, sale: Show, seating_api: ModuleType, customer: str
) -> None:
    query = {"eventId": sale.event_id}
    first = client("GET", "/v1/seats/availability", query=query)
    etag = first.headers["ETag"]
    same = client("GET", "/v1/seats/availability", query=query, headers={"If-None-Match": etag})
    assert (same.status, same.body, same.headers["ETag"]) == (304, None, etag)
    for several in ("*", f'"other", {etag}', etag.removeprefix("W/")):
        headers = {"If-None-Match": several}
        again = client("GET", "/v1/seats/availability", query=query, headers=headers)
        assert again.status == 304
    reserve(client, customer, eventId=sale.event_id, seatIds=[1])
    seating_api.reader._claims._kept.clear()
    seating_api.answers._kept.clear()
    changed = client("GET", "/v1/seats/availability", query=query, headers={"If-None-Match": etag})
    assert changed.status == 200
    assert changed.headers["ETag"] != etag


def test_seats_are_listed_by_pages_and_filters(client: Client, sale: Show, customer: str) -> None:
    reserve(client, customer, eventId=sale.event_id, seatIds=[2])
    query: dict[str, Any] = {"eventId": sale.event_id, "limit": 20}
    first = client("GET", "/v1/seats", query=query)
    assert [seat["seatId"] for seat in first.body["items"]] == list(range(1, 21))
    second = client("GET", "/v1/seats", query=query | {"cursor": first.body["nextCursor"]})
    assert [seat["seatId"] for seat in second.body["items"]] == list(range(21, 26))
    assert second.body["nextCursor"] is None
    held = client("GET", "/v1/seats", query=query | {"status": "RESERVED"}).body["items"]
    assert [seat["seatId"] for seat in held] == [2]
    assert set(held[0]) == SEAT_FIELDS
    floor_seats = client("GET", "/v1/seats", query=query | {"section": "Floor"}).body["items"]
    assert {seat["section"] for seat in floor_seats} == {"Floor"}


def test_one_seat_is_answered_with_all_its_fields(client: Client, sale: Show) -> None:
    answer = client("GET", "/v1/seats/11", query={"eventId": sale.event_id})
    assert answer.body == {
        "seatId": 11,
        "eventId": sale.event_id,
        "section": "Stalls",
        "row": "B",
        "seatNumber": "1",
        "category": "STANDARD",
        "priceCents": 1_000,
        "currency": "EUR",
        "status": "AVAILABLE",
        "x": None,
        "y": None,
    }


@pytest.mark.parametrize(
    ("path", "query", "faults"),
    [
        ("/v1/seats/availability", {}, {"/eventId"}),
        ("/v1/seats", {"eventId": "x"}, {"/eventId"}),
        ("/v1/seats", {"eventId": 1, "status": "SOLD"}, {"/status"}),
        ("/v1/seats", {"eventId": 1, "limit": 101}, {"/limit"}),
        ("/v1/seats", {"eventId": 1, "cursor": "?"}, {"/cursor"}),
        ("/v1/seats/one", {"eventId": 1}, {"/seat_id"}),
    ],
)
def test_each_fault_of_a_query_is_named(
    client: Client, sale: Show, path: str, query: dict[str, Any], faults: set[str]
) -> None:
    if query.get("eventId") == 1:
        query = query | {"eventId": sale.event_id}
    assert client("GET", path, query=query).faults() == faults


@pytest.mark.parametrize("path", ["/v1/seats/availability", "/v1/seats", "/v1/seats/1"])
def test_an_event_without_seats_is_not_found(client: Client, path: str) -> None:
    client("GET", path, query={"eventId": 2**31 - 1}).problem(404, "not-found")


def test_an_unknown_section_or_seat_is_not_found(client: Client, sale: Show) -> None:
    query = {"eventId": sale.event_id, "section": "Moon"}
    client("GET", "/v1/seats/availability", query=query).problem(404, "not-found")
    client("GET", "/v1/seats", query=query).problem(404, "not-found")
    client("GET", "/v1/seats/99", query={"eventId": sale.event_id}).problem(404, "not-found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/seats/availability"),
        ("GET", "/v1/seats"),
        ("GET", "/v1/seats/1"),
        ("GET", "/v1/seats/report"),
        ("POST", "/v1/seats/reserve"),
        ("POST", "/v1/seats/block"),
        ("POST", "/v1/seats/unblock"),
    ],
)
def test_while_a_map_is_being_replaced_everybody_is_asked_to_come_back(
    client: Client, sale: Show, organizer: str, dynamodb: Any, method: str, path: str
) -> None:
    # Another Lambda: this one would go on with the map that it has read.
    Store(dynamodb, sale.store.table.name).maps.remove(str(sale.published.state.map_id))
    query = {"eventId": sale.event_id} if method == "GET" else None
    body = {"eventId": sale.event_id, "seatIds": [1]} if method == "POST" else None
    answer = client(method, path, body, query=query, token=organizer)
    assert answer.problem(503, "seat-map-missing")["retryAfter"] == 1
