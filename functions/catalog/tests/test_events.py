"""An event is its creator's; others read it, and only an administrator writes down the past."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.catalog.tests.conftest import ADMIN, ORGANIZER, SOON, wire
from functions.shared.tests.deployed import Client

Create = Callable[..., dict[str, Any]]
Planned = Callable[..., dict[str, Any]]
YESTERDAY = wire(datetime.now(UTC) - timedelta(days=1))


def test_an_event_is_answered_whole(client: Client, planned: Planned, organizer: str) -> None:
    body = planned()
    answer = client("POST", "/v1/events", body, token=organizer)
    assert answer.status == 201
    assert answer.body == {
        "eventId": 1,
        "venueId": body["venueId"],
        "venueName": "Town Hall",
        "city": "Pune",
        "title": "Night of Ragas",
        "eventType": "Concert",
        "eventDate": body["eventDate"],
        "basePriceCents": 68328,
        "currency": "INR",
        "status": "SCHEDULED",
        "refundPolicy": None,
        "organizerId": ORGANIZER,
        "createdAt": answer.body["createdAt"],
    }
    read = client("GET", "/v1/events/1")
    assert (read.status, read.body) == (200, answer.body)


def test_snake_case_is_understood_too(client: Client, planned: Planned, organizer: str) -> None:
    body = planned()
    body |= {"venue_id": body.pop("venueId"), "base_price_cents": body.pop("basePriceCents")}
    assert client("POST", "/v1/events", body, token=organizer).body["basePriceCents"] == 68328


def test_a_date_is_answered_in_utc(client: Client, create: Create) -> None:
    east = SOON.astimezone(tz=None).isoformat()
    ist = (SOON + timedelta(hours=5, minutes=30)).replace(tzinfo=None).isoformat() + "+05:30"
    assert create(eventDate=ist)["eventDate"] == create(eventDate=east)["eventDate"] == wire(SOON)


def test_an_absent_event_is_not_found(client: Client, organizer: str) -> None:
    client("GET", "/v1/events/1").problem(404, "not-found")
    client("PATCH", "/v1/events/1", {"title": "x"}, token=organizer).problem(404, "not-found")


@pytest.mark.parametrize("status", ["SCHEDULED", "ON_SALE"])
def test_an_organizer_plans(create: Create, status: str) -> None:
    assert create(status=status)["status"] == status


@pytest.mark.parametrize("status", ["SOLD_OUT", "CANCELLED"])
def test_only_an_administrator_creates_an_event_that_is_over(
    client: Client, planned: Planned, create: Create, organizer: str, admin: str, status: str
) -> None:
    refused = client("POST", "/v1/events", planned(status=status), token=organizer)
    assert refused.faults() == {"/status"}
    created = create(admin, status=status, eventDate=YESTERDAY)
    assert (created["status"], created["organizerId"]) == (status, ADMIN)


def test_only_an_administrator_creates_an_event_in_the_past(
    client: Client, planned: Planned, create: Create, organizer: str, admin: str
) -> None:
    refused = client("POST", "/v1/events", planned(eventDate=YESTERDAY), token=organizer)
    assert refused.faults() == {"/eventDate"}
    assert create(admin, eventDate=YESTERDAY)["eventDate"] == YESTERDAY


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"venueId": 999}, "/venueId"),
        ({"venueId": 0}, "/venueId"),
        ({"title": " "}, "/title"),
        ({"title": "t\x00"}, "/title"),
        ({"eventType": ""}, "/eventType"),
        ({"eventDate": "2030-01-01T10:00:00"}, "/eventDate"),
        ({"eventDate": "soon"}, "/eventDate"),
        ({"eventDate": "9999-12-31T23:59:59-12:00"}, "/eventDate"),
        ({"eventDate": "0001-01-01T00:00:00+12:00"}, "/eventDate"),
        ({"basePriceCents": -1}, "/basePriceCents"),
        ({"basePriceCents": 683.28}, "/basePriceCents"),
        ({"basePriceCents": "68328"}, "/basePriceCents"),
        ({"basePriceCents": True}, "/basePriceCents"),
        ({"basePriceCents": 10**12 + 1}, "/basePriceCents"),
        ({"currency": "rupees"}, "/currency"),
        ({"status": "POSTPONED"}, "/status"),
        ({"basePrice": 683.28}, "/basePrice"),
        ({"organizerId": 5}, "/organizerId"),
        ({"version": 5}, "/version"),
    ],
)
def test_a_bad_field_of_an_event_is_named(
    client: Client,
    planned: Planned,
    create: Create,
    organizer: str,
    changed: dict[str, Any],
    pointer: str,
) -> None:
    body = planned() | changed
    assert client("POST", "/v1/events", body, token=organizer).faults() == {pointer}
    path = f"/v1/events/{create()['eventId']}"
    assert client("PATCH", path, changed, token=organizer).faults() == {pointer}


def test_only_what_is_sent_changes(
    client: Client, create: Create, venue: Callable[..., int], organizer: str
) -> None:
    event = create()
    path = f"/v1/events/{event['eventId']}"
    changes: dict[str, Any] = {
        "venueId": venue("Other Hall", "Mumbai"),
        "title": "Day of Ragas",
        "eventType": "Recital",
        "eventDate": wire(SOON + timedelta(days=1)),
        "basePriceCents": 0,
        "currency": "EUR",
    }
    for name, value in changes.items():
        answer = client("PATCH", path, {name: value}, token=organizer)
        event |= {name: value}
        if name == "venueId":
            event |= {"venueName": "Other Hall", "city": "Mumbai"}
        assert (answer.status, answer.body) == (200, event)
    assert client("GET", path).body == event


@pytest.mark.parametrize("name", ["venueId", "title", "eventDate", "basePriceCents", "status"])
def test_nothing_of_an_event_can_be_removed(
    client: Client, create: Create, organizer: str, name: str
) -> None:
    path = f"/v1/events/{create()['eventId']}"
    assert client("PATCH", path, {name: None}, token=organizer).faults() == {f"/{name}"}


def test_a_refund_policy_is_set_changed_and_dropped(
    client: Client, create: Create, organizer: str
) -> None:
    policy = {"fullUntilHours": 48, "thenPercent": 50}
    event = create(refundPolicy=policy)
    assert event["refundPolicy"] == policy
    path = f"/v1/events/{event['eventId']}"
    for changed in ({"fullUntilHours": 0, "thenPercent": 0}, None, policy):
        answer = client("PATCH", path, {"refundPolicy": changed}, token=organizer)
        assert (answer.status, answer.body["refundPolicy"]) == (200, changed)
        assert client("GET", path).body["refundPolicy"] == changed
    client("PATCH", path, {"title": "New"}, token=organizer)
    assert client("GET", path).body["refundPolicy"] == policy


@pytest.mark.parametrize(
    ("policy", "pointer"),
    [
        ({"fullUntilHours": 48}, "/refundPolicy/thenPercent"),
        ({"fullUntilHours": -1, "thenPercent": 50}, "/refundPolicy/fullUntilHours"),
        ({"fullUntilHours": 8785, "thenPercent": 50}, "/refundPolicy/fullUntilHours"),
        ({"fullUntilHours": 48, "thenPercent": 101}, "/refundPolicy/thenPercent"),
        ({"fullUntilHours": 48, "thenPercent": 12.5}, "/refundPolicy/thenPercent"),
        ({"fullUntilHours": 48, "thenPercent": 50, "fee": 1}, "/refundPolicy/fee"),
    ],
)
def test_a_refund_policy_is_two_whole_numbers(
    client: Client, planned: Planned, organizer: str, policy: dict[str, Any], pointer: str
) -> None:
    answer = client("POST", "/v1/events", planned(refundPolicy=policy), token=organizer)
    assert answer.faults() == {pointer}


def test_somebody_elses_event_is_answered_as_an_absent_one(
    client: Client, create: Create, other_organizer: str
) -> None:
    event = create()
    path = f"/v1/events/{event['eventId']}"
    foreign = client("PATCH", path, {"title": "Mine"}, token=other_organizer)
    absent = client("PATCH", "/v1/events/999", {"title": "Mine"}, token=other_organizer)
    foreign.problem(404, "not-found")
    assert foreign.body | {"instance": ""} == absent.body | {"instance": ""}
    assert client("GET", path).body == event


def test_an_administrator_changes_any_event_and_does_not_become_its_organizer(
    client: Client, create: Create, admin: str
) -> None:
    path = f"/v1/events/{create()['eventId']}"
    answer = client("PATCH", path, {"title": "Moved", "eventDate": YESTERDAY}, token=admin)
    assert (answer.status, answer.body["title"]) == (200, "Moved")
    assert (answer.body["eventDate"], answer.body["organizerId"]) == (YESTERDAY, ORGANIZER)


def test_an_organizer_moves_no_event_into_the_past_but_may_correct_one_that_is_there(
    client: Client, create: Create, organizer: str, admin: str
) -> None:
    path = f"/v1/events/{create()['eventId']}"
    refused = client("PATCH", path, {"eventDate": YESTERDAY}, token=organizer)
    assert refused.faults() == {"/eventDate"}
    client("PATCH", path, {"eventDate": YESTERDAY}, token=admin)
    same = {"title": "As it was", "eventDate": YESTERDAY}
    assert client("PATCH", path, same, token=organizer).body["title"] == "As it was"
