"""What other domains learn of an event, and every sample of what this domain takes and tells."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine, text

from functions.catalog.tests.conftest import ORGANIZER, SOON, Bus, wire
from functions.shared.problems import NotFound, ValidationFailed
from functions.shared.tests.deployed import Client
from functions.shared.tests.gateway import FakeContext

SAMPLES = Path(__file__).parents[3] / "events" / "catalog"
Create = Callable[..., dict[str, Any]]


def sample(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text())
    return content


def test_there_is_a_sample_for_the_api_each_task_and_the_domain_event(
    catalog_tasks: ModuleType,
) -> None:
    samples = {path.stem for path in SAMPLES.iterdir()}
    assert samples == {"api", "event_changed", *catalog_tasks.tasks.names}


def test_describe_event_tells_what_others_keep_a_copy_of(
    catalog_tasks: ModuleType, create: Create
) -> None:
    create()
    assert catalog_tasks.handler(sample("describe_event"), FakeContext()) == {
        "eventId": 1,
        "status": "SCHEDULED",
        "organizerId": ORGANIZER,
        "currency": "INR",
        "basePriceCents": 68328,
        "version": 1,
        "title": "Night of Ragas",
        "venueName": "Town Hall",
        "eventDate": SOON.isoformat(),
        "refundPolicy": None,
    }


def test_others_are_told_a_refund_policy_by_the_clock(
    catalog_tasks: ModuleType, client: Client, create: Create, organizer: str, bus: Bus
) -> None:
    policy = {"fullUntilHours": 48, "thenPercent": 50}
    path = f"/v1/events/{create(refundPolicy=policy)['eventId']}"

    def described() -> Any:
        return catalog_tasks.handler(sample("describe_event"), FakeContext())["refundPolicy"]

    until = SOON - timedelta(hours=48)
    assert described() == {"fullUntil": until.isoformat(), "thenPercent": 50}
    # It moves with the event, for those who order from then on.
    client("PATCH", path, {"eventDate": wire(SOON + timedelta(days=1))}, token=organizer)
    moved = {"fullUntil": (until + timedelta(days=1)).isoformat(), "thenPercent": 50}
    assert [heard["detail"]["refundPolicy"] for heard in bus.heard()] == [moved]
    assert described() == moved


def test_describe_event_tells_the_version_that_is_announced(
    catalog_tasks: ModuleType, client: Client, create: Create, organizer: str, bus: Bus
) -> None:
    path = f"/v1/events/{create()['eventId']}"
    client("PATCH", path, {"status": "ON_SALE"}, token=organizer)
    described = catalog_tasks.handler(sample("describe_event"), FakeContext())
    (heard,) = bus.heard()
    told = {name: value for name, value in heard["detail"].items() if name != "correlationId"}
    assert {name: described[name] for name in told} == told


def test_an_absent_event_is_a_refusal_its_asker_can_read(
    catalog_tasks: ModuleType, client: Client
) -> None:
    answer = catalog_tasks.handler(sample("describe_event"), FakeContext())
    assert (answer["problem"]["status"], answer["problem"]["code"]) == (404, "not-found")
    with pytest.raises(NotFound):
        catalog_tasks.handler({"task": "describe_event", "eventId": 1}, FakeContext())


@pytest.mark.parametrize("payload", [{}, {"eventId": 0}, {"eventId": "one"}])
def test_input_that_is_not_valid_is_refused(
    catalog_tasks: ModuleType, payload: dict[str, int]
) -> None:
    with pytest.raises(ValidationFailed):
        catalog_tasks.handler({"task": "describe_event"} | payload, FakeContext())


def test_the_relay_takes_its_sample(catalog_tasks: ModuleType, client: Client) -> None:
    assert catalog_tasks.handler(sample("relay_outbox"), FakeContext()) == {"delivered": 0}


def test_the_api_takes_its_sample(catalog_api: ModuleType, create: Create) -> None:
    create(status="ON_SALE")
    answer = catalog_api.handler(sample("api"), FakeContext())
    assert answer["statusCode"] == 200
    assert [event["eventId"] for event in json.loads(answer["body"])["items"]] == [1]


def test_the_sample_of_the_domain_event_is_what_the_bus_hears(
    client: Client, create: Create, organizer: str, bus: Bus
) -> None:
    until = datetime.fromisoformat(sample("event_changed")["detail"]["refundPolicy"]["fullUntil"])
    policy = {"fullUntilHours": 48, "thenPercent": 50}
    event = create(eventDate=wire(until + timedelta(hours=48)), refundPolicy=policy)
    expected = sample("event_changed")
    sent = {"X-Request-Id": expected["detail"]["correlationId"]}
    path = f"/v1/events/{event['eventId']}"
    client("PATCH", path, {"status": "ON_SALE"}, token=organizer, headers=sent)
    (heard,) = bus.heard()
    for name in ("source", "detail-type", "version", "resources"):
        assert heard[name] == expected[name]
    assert heard["detail"] == expected["detail"] | {"organizerId": ORGANIZER}
    assert set(heard) == set(expected)


def test_the_events_on_sale_are_told_page_by_page(
    catalog_tasks: ModuleType, create: Create, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By id, each once, however many: others ask what somebody holds at them."""
    statuses = ("ON_SALE", "SCHEDULED", "SOLD_OUT", "CANCELLED", "ON_SALE")
    ids = [create()["eventId"] for _ in statuses]
    with engine.begin() as connection:
        for event_id, status in zip(ids, statuses, strict=True):
            connection.execute(
                text("UPDATE events SET status = :status WHERE event_id = :event_id"),
                {"status": status, "event_id": event_id},
            )
    first = catalog_tasks.handler(sample("list_on_sale"), FakeContext())
    assert first == {"eventIds": [ids[0], ids[2], ids[4]], "after": None}
    monkeypatch.setattr(catalog_tasks, "_PAGE", 2)
    page = catalog_tasks.handler(sample("list_on_sale"), FakeContext())
    assert page == {"eventIds": [ids[0], ids[2]], "after": ids[2]}
    last = catalog_tasks.handler({"task": "list_on_sale", "after": page["after"]}, FakeContext())
    assert last == {"eventIds": [ids[4]], "after": None}
