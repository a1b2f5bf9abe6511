"""Time frees a hold by itself; what sweeps up after it counts and tells it once."""

import json
import random
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest

from functions.seating import blocks, booking
from functions.seating.availability import AvailabilityReader
from functions.seating.domain import ReservationStatus
from functions.seating.expiry import events_of_record
from functions.seating.store.changes import RecordChange
from functions.seating.store.operations import OperationRefused
from functions.seating.store.store import Store
from functions.seating.tests.shows import LASTS, Show, hall, new_user_id
from functions.seating.tests.streaming import Ear, Tail
from functions.shared import correlation

OVER = {"seconds": LASTS.total_seconds()}
SWEPT = {"seconds": LASTS.total_seconds() + 300}


@pytest.fixture
def recent(store: Store) -> Show:
    """An event a little while ago: what is reserved there is over by the real clock."""
    return Show(store, hall(10), now=datetime.now(UTC) - LASTS - timedelta(minutes=1))


def consume(streams: ModuleType, show: Show, records: list[dict[str, Any]]) -> None:
    for record in records:
        streams.consume(record["dynamodb"], show.now)


def expired_seats(output: str) -> int:
    """The sum of `expired_reservations_released` over all metric lines of an output."""
    name = "expired_reservations_released"
    lines = [json.loads(line) for line in output.splitlines() if name in line]
    return sum(int(sum(line[name])) for line in lines if name in line)


def test_a_hold_that_is_over_reads_as_free_and_expired_before_anything_sweeps_it(
    show: Show,
) -> None:
    reservation = show.reserve(1, 2)
    show.later(**OVER)
    assert show.claims() == {1: "HELD", 2: "HELD"}
    assert show.record(reservation).status is ReservationStatus.ACTIVE
    assert show.record(reservation).status_at(show.now) is ReservationStatus.EXPIRED
    found = AvailabilityReader(show.store).availability(show.event_id, None, show.now)
    assert found.available_seats is not None
    assert len(found.available_seats) == 20


def test_ttl_sweeps_holds_only_and_never_before_its_grace(show: Show) -> None:
    show.reserve(1)
    show.secure(show.reserve(2), "o")
    show.sell(3)
    blocks.block(show.store, show.published.state, [4], show.now)
    show.later(seconds=SWEPT["seconds"] - 1)
    assert show.sweep() == 0
    assert show.later(seconds=1).sweep() == 1
    assert show.later(days=400).sweep() == 0
    assert show.claims() == {2: "PAYING", 3: "ALLOCATED", 4: "BLOCKED"}


def test_a_swept_reservation_is_moved_counted_and_told_once(
    show: Show,
    tail: Tail,
    ear: Ear,
    seating_streams: ModuleType,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with correlation.under("request-1"):
        reservation = show.reserve(1, 2, 3)
    show.later(**SWEPT).sweep()
    consume(seating_streams, show, tail.records())
    assert show.record(reservation).status is ReservationStatus.EXPIRED
    # The move itself comes down the stream and is what is told.
    moved = tail.records()
    consume(seating_streams, show, moved)
    # Under the request that reserved them, long ago.
    of = {"eventId": show.event_id, "seatIds": [1, 2, 3], "correlationId": "request-1"}
    assert ear.heard() == [
        ("ReservationExpired", {"reservationId": reservation.reservation_id, **of}),
        ("SeatsFreed", {"reason": "EXPIRED", **of}),
    ]
    seating_streams.flush_metrics()
    assert expired_seats(capsys.readouterr().out) == 3


def test_a_lazily_overwritten_hold_is_moved_and_counted_like_a_swept_one(
    show: Show, tail: Tail, seating_streams: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    first = show.reserve(1, 2)
    show.later(**OVER)
    second = show.reserve(2, 3)
    # A consumer whose clock is behind: the overwrite itself has proved the time.
    show.later(seconds=-30)
    consume(seating_streams, show, tail.records())
    seating_streams.flush_metrics()
    assert expired_seats(capsys.readouterr().out) == 2
    assert show.record(first).status is ReservationStatus.EXPIRED
    assert show.record(second).status is ReservationStatus.ACTIVE


def test_repeats_and_disorder_change_nothing(
    show: Show, tail: Tail, seating_streams: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    users = [new_user_id() for _ in range(3)]
    expired = show.reserve(1, 2, user_id=users[0])
    released = show.reserve(3, user_id=users[1])
    show.release(released)
    sold = show.sell(4, user_id=users[2])
    show.later(**SWEPT)
    again = show.reserve(1, user_id=users[1])
    show.sweep()
    records = tail.records() * 3
    random.Random(7).shuffle(records)
    consume(seating_streams, show, records)
    states = [show.record(each) for each in (expired, released, sold, again)]
    before = [show.everything(each) for each in (expired, released, sold, again)]
    records += tail.records() * 2
    random.Random(8).shuffle(records)
    consume(seating_streams, show, records)
    assert [show.everything(each) for each in (expired, released, sold, again)] == before
    assert [state.status.value for state in states] == [
        "EXPIRED",
        "RELEASED",
        "COMPLETED",
        "ACTIVE",
    ]
    seating_streams.flush_metrics()
    assert expired_seats(capsys.readouterr().out) == 2


def test_a_delete_of_a_hold_that_is_not_over_expires_nothing(
    show: Show, tail: Tail, seating_streams: ModuleType
) -> None:
    reservation = show.reserve(1, 2)
    show.damage(1)
    consume(seating_streams, show, tail.records())
    assert show.record(reservation).status is ReservationStatus.ACTIVE


def test_a_late_delete_seen_for_a_reservation_that_is_being_paid_for_changes_nothing(
    show: Show, tail: Tail, seating_streams: ModuleType
) -> None:
    reservation = show.reserve(1)
    show.damage(1)
    deleted = tail.records()
    other = show.reserve(2)
    show.secure(other, "o")
    show.later(**SWEPT)
    forged = json.loads(
        json.dumps(deleted, default=str).replace(reservation.reservation_id, other.reservation_id)
    )
    before = show.everything(other)
    consume(seating_streams, show, forged)
    assert show.everything(other) == before


def test_only_an_active_record_that_is_over_is_moved_whatever_a_reader_saw(show: Show) -> None:
    early, active, paying = show.reserve(1), show.reserve(2), show.reserve(3)
    with pytest.raises(OperationRefused):
        show.store.operations.expire(early, show.now)
    show.secure(paying, "o")
    show.later(**OVER)
    show.store.operations.expire(active, show.now)
    for refused in (active, paying):
        with pytest.raises(OperationRefused):
            show.store.operations.expire(refused, show.now)
    states = [show.record(each).status.value for each in (early, active, paying)]
    assert states == ["ACTIVE", "EXPIRED", "PAYING"]
    assert show.store.records.expired_counts(show.event_id) == {("Stalls", "STANDARD", 1_000): 1}


def test_freed_seats_are_told_with_the_reason_and_the_request_if_it_is_known(
    show: Show, tail: Tail, ear: Ear, seating_streams: ModuleType
) -> None:
    with correlation.under("request-1"):
        show.release(show.reserve(1, 2))
        sold = show.sell(3, 4, order_id="o")
    booking.release_sold(show.store, sold.reservation_id, "o", [4], show.now)
    blocks.block(show.store, show.published.state, [5], show.now)
    blocks.unblock(show.store, show.published.state, [5])
    with correlation.under("this-invocation"):
        consume(seating_streams, show, tail.records())
    told = [
        (detail["reason"], detail["seatIds"], detail.get("correlationId"))
        for kind, detail in ear.heard()
    ]
    # Neither the sold nor the blocked seat has kept who asked for what, and so claims nothing.
    assert told == [
        ("RELEASED", [1, 2], "request-1"),
        ("REFUNDED", [4], None),
        ("UNBLOCKED", [5], None),
    ]


def test_a_record_that_stays_in_its_state_tells_nothing(show: Show) -> None:
    reservation = show.reserve(1)
    show.release(reservation)
    released = show.record(reservation)
    assert len(events_of_record(RecordChange(reservation, released))) == 1
    assert events_of_record(RecordChange(released, released)) == []
    assert events_of_record(RecordChange(released, None)) == []


def test_expired_holds_are_in_the_report_by_section_and_price(
    show: Show, tail: Tail, seating_streams: ModuleType
) -> None:
    for _ in range(2):
        show.reserve(1, 2)
        show.later(**SWEPT).sweep()
    consume(seating_streams, show, tail.records() * 2)
    assert show.store.records.expired_counts(show.event_id) == {("Stalls", "STANDARD", 1_000): 4}


def test_items_of_other_kinds_are_passed_by(
    tail: Tail, store: Store, seating_streams: ModuleType, ear: Ear
) -> None:
    Show(store, hall(3))
    records = tail.records()
    chunks = [each for each in records if "body" in each["dynamodb"].get("NewImage", {})]
    assert len(chunks) == 2
    for record in chunks:
        # Lambda is handed JSON, and bytes as base64 text in it.
        body = record["dynamodb"]["NewImage"]["body"]
        body["B"] = b64encode(body["B"]).decode() if isinstance(body["B"], bytes) else body["B"]
    assert seating_streams.handler({"Records": records}, None) == {"batchItemFailures": []}
    assert ear.heard() == []


def test_the_handler_takes_a_whole_batch(
    recent: Show, tail: Tail, seating_streams: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    reservation = recent.reserve(1, 2)
    recent.damage(1)
    answer = seating_streams.handler({"Records": tail.records()}, None)
    assert answer == {"batchItemFailures": []}
    assert recent.record(reservation).status is ReservationStatus.EXPIRED
    assert expired_seats(capsys.readouterr().out) == 2


def test_a_record_that_fails_is_handed_back_and_what_came_before_is_done(
    recent: Show, tail: Tail, seating_streams: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    first = recent.reserve(1)
    second = recent.reserve(2)
    tail.records()
    recent.damage(1)
    recent.damage(2)
    good, bad = tail.records()
    broken = {**bad, "dynamodb": {**bad["dynamodb"], "OldImage": {"SK": {"S": "?"}}}}
    answer = seating_streams.handler({"Records": [good, broken]}, None)
    number = bad["dynamodb"]["SequenceNumber"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": number}]}
    assert expired_seats(capsys.readouterr().out) == 1
    assert recent.record(first).status is ReservationStatus.EXPIRED
    assert recent.record(second).status is ReservationStatus.ACTIVE
    with pytest.raises(ValueError, match="invalid literal"):
        seating_streams.handler({"Records": [broken]}, None)
    seating_streams.handler({"Records": [good, bad]}, None)
    assert recent.record(second).status is ReservationStatus.EXPIRED
