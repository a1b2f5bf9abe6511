"""The samples under `events/seating` are what the handlers take and what seating tells."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from functions.seating.domain import EventStatus, ReservationStatus
from functions.seating.store.keys import claim_key, record_key, slot_key, state_key
from functions.seating.store.store import Store
from functions.seating.tests.conftest import BUS
from functions.seating.tests.shows import Show, hall
from functions.seating.tests.streaming import Ear, Tail
from functions.shared import correlation
from functions.shared.tests.gateway import FakeContext

FOLDER = Path(__file__).resolve().parents[3] / "events" / "seating"


def sample(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return content


EVENT_ID = sample("reserve")["eventId"]
RESERVATION_ID = sample("reserve")["reservationId"]
USER_ID = sample("reserve")["userId"]


@pytest.fixture
def sampled(store: Store) -> Show:
    """The event that the samples are about, on sale, with nothing reserved."""
    claims = [claim_key(EVENT_ID, "Stalls", seat_id) for seat_id in range(1, 6)]
    slot = slot_key(EVENT_ID, USER_ID)
    store.table.delete_all([state_key(EVENT_ID), record_key(RESERVATION_ID), slot, *claims])
    return Show(store, hall(5), event_id=EVENT_ID)


def test_every_sample_is_tried_here() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == {
        "api",
        "reserve",
        "read_reservation",
        "read_record",
        "set_event_state",
        "secure_seats",
        "allocate_seats",
        "release_seats",
        "release_sold_seats",
        "export_user",
        "event_changed",
        "reservation_expired",
        "seats_freed",
        "stream",
    }


def test_the_api_takes_its_sample(sampled: Show, seating_api: ModuleType) -> None:
    answer = seating_api.handler(sample("api"), FakeContext())
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["totalSeats"] == 5


def test_the_tasks_take_their_samples_as_a_booking_sends_them(
    sampled: Show, seating_tasks: ModuleType
) -> None:
    def run(name: str) -> dict[str, Any]:
        answer: dict[str, Any] = seating_tasks.handler(sample(name), None)
        return answer

    assert set(seating_tasks.tasks.names) == {
        path.stem for path in FOLDER.glob("*.json") if "task" in sample(path.stem)
    }
    assert run("set_event_state") == {"eventId": EVENT_ID, "status": "ON_SALE", "version": 2}
    reserved = run("reserve")
    # As it was told with the state: whoever orders these seats keeps it.
    assert reserved["refundPolicy"] == sample("set_event_state")["refundPolicy"]
    assert reserved["status"] == "ACTIVE"
    assert reserved["items"] == [
        {
            "seatId": seat,
            "section": "Stalls",
            "row": "A",
            "seatNumber": str(seat),
            "category": "STANDARD",
            "priceCents": 1_000,
        }
        for seat in (1, 2)
    ]
    assert {"userId", "organizerId", "totalCents", "currency", "expiresAt"} <= set(reserved)
    assert run("read_reservation") == reserved
    record = {"reservationId": RESERVATION_ID, "orderId": None, "status": "ACTIVE"}
    assert run("read_record") == record
    [exported] = run("export_user")["reservations"]
    assert (exported["reservationId"], exported["seatIds"]) == (RESERVATION_ID, [1, 2])
    assert run("secure_seats")["status"] == "PAYING"
    sold = run("allocate_seats")
    assert sold["status"] == "COMPLETED"
    assert run("read_record") == sold
    assert run("release_sold_seats")["releasedSeats"] == [1, 2]
    assert sampled.claims() == {}


def test_a_booking_that_fails_gives_back_what_its_sample_names(
    sampled: Show, seating_tasks: ModuleType
) -> None:
    for name in ("reserve", "secure_seats", "release_seats", "release_seats"):
        answer = seating_tasks.handler(sample(name), None)
        assert answer["reservationId"] == RESERVATION_ID
    assert sampled.claims() == {}


def test_an_event_changed_is_taken_over(sampled: Show, seating_events: ModuleType) -> None:
    changed = sample("event_changed")
    changed["detail"] |= {"status": "CANCELLED", "version": 3}
    seating_events.handler(changed, None)
    seating_events.handler(sample("event_changed"), None)
    state = sampled.store.states.read(EVENT_ID)
    assert state is not None
    assert (state.status, state.event_version) == (EventStatus.CANCELLED, 3)


def test_the_stream_consumer_takes_its_sample(sampled: Show, seating_streams: ModuleType) -> None:
    reservation = sampled.reserve(1, 2, user_id=USER_ID, reservation_id=RESERVATION_ID)
    sampled.now = reservation.expires_at
    for record in sample("stream")["Records"]:
        seating_streams.consume(record["dynamodb"], sampled.now)
    assert sampled.record(reservation).status is ReservationStatus.EXPIRED
    assert seating_streams.handler(sample("stream"), None) == {"batchItemFailures": []}


def test_what_seating_tells_looks_like_its_samples(
    sampled: Show, tail: Tail, ear: Ear, seating_streams: ModuleType
) -> None:
    samples = [sample("reservation_expired"), sample("seats_freed")]
    with correlation.under(samples[0]["detail"]["correlationId"]):
        sampled.reserve(1, 2, user_id=USER_ID, reservation_id=RESERVATION_ID)
    sampled.later(hours=1).sweep()
    for _ in range(2):
        for record in tail.records():
            seating_streams.consume(record["dynamodb"], sampled.now)
    assert ear.heard() == [(each["detail-type"], each["detail"]) for each in samples]
    assert {each["source"] for each in samples} == {"boxoffice.seating"}
    assert seating_streams.settings.event_bus_name == BUS
