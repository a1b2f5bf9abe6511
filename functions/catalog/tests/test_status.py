"""Sales open, close and open again; nothing else happens to a status, and nothing to a cancelled
event."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.shared.tests.deployed import Client

Create = Callable[..., dict[str, Any]]
STATUSES = ["SCHEDULED", "ON_SALE", "SOLD_OUT", "CANCELLED"]
ALLOWED = {("SCHEDULED", "ON_SALE"), ("ON_SALE", "SOLD_OUT"), ("SOLD_OUT", "ON_SALE")}


@pytest.mark.parametrize("wanted", STATUSES)
@pytest.mark.parametrize("status", STATUSES)
def test_a_status_changes_only_along_the_way(
    client: Client, create: Create, admin: str, status: str, wanted: str
) -> None:
    event = create(admin, status=status)
    path = f"/v1/events/{event['eventId']}"
    # Organizers can't create events that are over, so these tests' events are all an admin's.
    answer = client("PATCH", path, {"status": wanted}, token=admin)
    if status == wanted:
        assert (answer.status, answer.body) == (200, event)
    elif (status, wanted) in ALLOWED:
        assert (answer.status, answer.body) == (200, event | {"status": wanted})
    else:
        code = "event-cancelled" if status == "CANCELLED" else "invalid-status-change"
        answer.problem(409, code)
        assert client("GET", path).body == event


def test_an_organizers_way_is_the_same(client: Client, create: Create, organizer: str) -> None:
    path = f"/v1/events/{create()['eventId']}"

    def move(status: str) -> Any:
        return client("PATCH", path, {"status": status}, token=organizer)

    move("SOLD_OUT").problem(409, "invalid-status-change")
    assert [move(to).body["status"] for to in ("ON_SALE", "SOLD_OUT", "ON_SALE")] == [
        "ON_SALE",
        "SOLD_OUT",
        "ON_SALE",
    ]
    move("SCHEDULED").problem(409, "invalid-status-change")


def test_a_status_change_does_not_cancel_and_says_why(
    client: Client, create: Create, organizer: str
) -> None:
    path = f"/v1/events/{create(status='ON_SALE')['eventId']}"
    answer = client("PATCH", path, {"status": "CANCELLED"}, token=organizer)
    problem = answer.problem(409, "invalid-status-change")
    assert "refunds" in problem["detail"]


def test_a_refused_status_takes_the_other_changes_with_it(
    client: Client, create: Create, organizer: str
) -> None:
    event = create()
    path = f"/v1/events/{event['eventId']}"
    changes = {"title": "Changed", "status": "SOLD_OUT"}
    client("PATCH", path, changes, token=organizer).problem(409, "invalid-status-change")
    assert client("GET", path).body == event


@pytest.mark.parametrize("changes", [{"title": "Back again"}, {"basePriceCents": 1}])
def test_a_cancelled_event_changes_no_more(
    client: Client, create: Create, admin: str, changes: dict[str, Any]
) -> None:
    path = f"/v1/events/{create(admin, status='CANCELLED')['eventId']}"
    client("PATCH", path, changes, token=admin).problem(409, "event-cancelled")


def test_the_currency_is_fixed_once_sales_have_begun(
    client: Client, create: Create, organizer: str
) -> None:
    path = f"/v1/events/{create()['eventId']}"
    assert client("PATCH", path, {"currency": "EUR"}, token=organizer).body["currency"] == "EUR"
    client("PATCH", path, {"status": "ON_SALE"}, token=organizer)
    answer = client("PATCH", path, {"currency": "INR"}, token=organizer)
    answer.problem(409, "currency-fixed")
    assert client("PATCH", path, {"currency": "EUR"}, token=organizer).status == 200
