"""Whatever changes about an event is told: committed with the change, published at least once, and
seating at once if it can be reached."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from embedded.config import free_port
from embedded.databases import Database
from sqlalchemy import Engine, make_url, text

from functions.catalog import announcements, programme
from functions.catalog.tests.conftest import ORGANIZER, Bus, Seating
from functions.shared.postgres import create_pool
from functions.shared.problems import ServiceUnavailable
from functions.shared.tests.deployed import Client
from functions.shared.tokens import Principal, Role

Create = Callable[..., dict[str, Any]]
Deploy = Callable[..., ModuleType]
SENT = {"X-Request-Id": "request-1"}


def pending(engine: Engine) -> list[dict[str, Any]]:
    """What the outbox still has to tell."""
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT payload FROM outbox ORDER BY message_id"))
        return list(rows.scalars())


def told(event: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {
        "eventId": event["eventId"],
        "status": event["status"],
        "organizerId": event["organizerId"],
        "version": 2,
        "refundPolicy": None,
        # Of the request that changed it, whoever tells it in the end.
        "correlationId": "request-1",
    } | changed


def test_a_change_reaches_the_bus_once(
    client: Client, create: Create, organizer: str, bus: Bus, engine: Engine
) -> None:
    event = create()
    assert bus.heard() == []
    client(
        "PATCH", f"/v1/events/{event['eventId']}", {"title": "New"}, token=organizer, headers=SENT
    )
    (heard,) = bus.heard()
    assert (heard["source"], heard["detail-type"]) == ("boxoffice.catalog", "EventChanged")
    assert heard["detail"] == told(event)
    assert pending(engine) == []


def test_seating_hears_of_a_status_before_the_organizer_is_answered(
    client: Client, create: Create, organizer: str, seating: Seating, bus: Bus
) -> None:
    event = create()
    path = f"/v1/events/{event['eventId']}"
    client("PATCH", path, {"status": "ON_SALE"}, token=organizer, headers=SENT)
    payload = {"task": "set_event_state", "answerProblems": True}
    assert seating.told() == [payload | told(event, status="ON_SALE")]
    assert [heard["detail"] for heard in bus.heard()] == [told(event, status="ON_SALE")]


def test_seating_is_not_asked_about_anything_else(
    client: Client, create: Create, organizer: str, seating: Seating
) -> None:
    path = f"/v1/events/{create()['eventId']}"
    client("PATCH", path, {"title": "New"}, token=organizer, headers=SENT)
    assert seating.told() == []


@pytest.mark.parametrize("changes", [{}, {"title": "Night of Ragas"}, {"status": "SCHEDULED"}])
def test_what_changes_nothing_is_not_told(
    client: Client,
    create: Create,
    organizer: str,
    bus: Bus,
    seating: Seating,
    engine: Engine,
    changes: dict[str, Any],
) -> None:
    path = f"/v1/events/{create()['eventId']}"
    assert client("PATCH", path, changes, token=organizer, headers=SENT).status == 200
    assert (bus.heard(), seating.told(), pending(engine), version(engine)) == ([], [], [], 1)


@pytest.mark.parametrize("changes", [{"status": "ON_SALE", "venueId": 999}, {"status": "SOLD_OUT"}])
def test_what_is_refused_is_not_told(
    client: Client,
    create: Create,
    organizer: str,
    bus: Bus,
    seating: Seating,
    engine: Engine,
    changes: dict[str, Any],
) -> None:
    path = f"/v1/events/{create()['eventId']}"
    assert client("PATCH", path, changes, token=organizer, headers=SENT).status in (409, 422)
    assert (bus.heard(), seating.told(), pending(engine), version(engine)) == ([], [], [], 1)


def test_each_change_has_a_version_of_its_own_and_the_next_one(
    client: Client, create: Create, organizer: str, bus: Bus, engine: Engine
) -> None:
    path = f"/v1/events/{create()['eventId']}"
    for title in ("B", "C", "D"):
        client("PATCH", path, {"title": title}, token=organizer, headers=SENT)
    assert [heard["detail"]["version"] for heard in bus.heard()] == [2, 3, 4]
    assert version(engine) == 4


def test_changes_at_once_are_one_after_the_other(
    catalog_api: ModuleType, catalog_database: Database, create: Create, bus: Bus, engine: Engine
) -> None:
    event_id = create()["eventId"]
    writer = Principal(ORGANIZER, Role.EVENT_ORGANIZER)

    def change(title: str) -> int:
        pool = create_pool(make_url(catalog_database.url))
        announcer = catalog_api.announcer._replace(engine=pool)
        now = datetime.now(UTC)
        try:
            changes = {"title": title}
            changed = programme.change_event(pool, announcer, event_id, writer, changes, now)
        finally:
            pool.dispose()
        return changed.version

    with ThreadPoolExecutor(8) as threads:
        versions = list(threads.map(change, [f"Title {number}" for number in range(16)]))
    assert sorted(versions) == list(range(2, 18))
    heard = [heard["detail"]["version"] for heard in bus.heard()]
    assert sorted(set(heard)) == list(range(2, 18))


def test_a_bus_that_is_away_hears_of_the_change_later(
    deploy: Deploy,
    catalog_tasks: ModuleType,
    create: Create,
    organizer: str,
    bus: Bus,
    engine: Engine,
) -> None:
    event = create()
    nowhere = {"AWS_ENDPOINT_URL_EVENTBRIDGE": f"http://127.0.0.1:{free_port()}"}
    cut_off = Client(deploy(**nowhere))
    answer = cut_off(
        "PATCH", f"/v1/events/{event['eventId']}", {"title": "New"}, token=organizer, headers=SENT
    )
    assert (answer.status, answer.body["title"]) == (200, "New")
    assert (bus.heard(), pending(engine)) == ([], [told(event)])
    time.sleep(1.1)
    assert catalog_tasks.handler({"task": "relay_outbox"}, None) == {"delivered": 1}
    assert [heard["detail"] for heard in bus.heard()] == [told(event)]
    assert catalog_tasks.handler({"task": "relay_outbox"}, None) == {"delivered": 0}


@pytest.mark.parametrize("function", ["no-such-function", "away"])
def test_seating_that_is_away_keeps_nobody_from_going_on_sale(
    deploy: Deploy, create: Create, organizer: str, bus: Bus, function: str
) -> None:
    event = create()
    changed = {"SEATING_TASKS_FUNCTION": function}
    if function == "away":
        changed["AWS_ENDPOINT_URL_LAMBDA"] = f"http://127.0.0.1:{free_port()}"
    path = f"/v1/events/{event['eventId']}"
    cut_off = Client(deploy(**changed))
    answer = cut_off("PATCH", path, {"status": "ON_SALE"}, token=organizer, headers=SENT)
    assert (answer.status, answer.body["status"]) == (200, "ON_SALE")
    assert [heard["detail"] for heard in bus.heard()] == [told(event, status="ON_SALE")]


def test_an_organizer_waits_for_a_slow_seating_only_briefly(
    deploy: Deploy, create: Create, organizer: str, tmp_path: Path, bus: Bus
) -> None:
    slow = Seating("catalog-suite-slow-seating", tmp_path / "told", seconds=12)
    event = create()
    waiting = Client(deploy(SEATING_TASKS_FUNCTION=slow.name))
    started = time.monotonic()
    path = f"/v1/events/{event['eventId']}"
    answer = waiting("PATCH", path, {"status": "ON_SALE"}, token=organizer, headers=SENT)
    assert time.monotonic() - started < 8
    assert (answer.status, answer.body["status"]) == (200, "ON_SALE")
    assert [heard["detail"] for heard in bus.heard()] == [told(event, status="ON_SALE")]


def test_a_database_that_goes_away_after_the_commit_is_not_the_organizers_failure(
    client: Client,
    create: Create,
    organizer: str,
    bus: Bus,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(*_: Any) -> int:
        raise ServiceUnavailable.retry_after(1, "The database did not answer.")

    event = create()
    monkeypatch.setattr(announcements, "relay", away)
    path = f"/v1/events/{event['eventId']}"
    assert client("PATCH", path, {"title": "New"}, token=organizer, headers=SENT).status == 200
    assert (bus.heard(), pending(engine)) == ([], [told(event)])


def version(engine: Engine) -> int:
    with engine.begin() as connection:
        return int(connection.execute(text("SELECT version FROM events")).scalar_one())
