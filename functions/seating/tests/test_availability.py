"""What readers see: counted from claims and time, at most a second old, cheap in a rush."""

from datetime import timedelta
from typing import Any

import pytest

from functions.seating import availability, blocks
from functions.seating.availability import AvailabilityReader
from functions.seating.domain import EventStatus, SeatStatus
from functions.seating.listing import list_seats
from functions.seating.report import Line, read_report
from functions.seating.seats import read_seat
from functions.seating.store.store import Store
from functions.seating.tests.shows import Show, floor, hall
from functions.shared.problems import NotFound, ValidationFailed


@pytest.fixture
def reader(store: Store) -> AvailabilityReader:
    return AvailabilityReader(store)


@pytest.fixture
def used(store: Store) -> Show:
    """Of every status one seat: 1 held, 2 paying, 3 sold, 4 blocked, in a hall of 6; a floor."""
    show = Show(store, hall(6), floor(4))
    show.reserve(1)
    show.secure(show.reserve(2), "o")
    show.sell(3)
    blocks.block(store, show.published.state, [4], show.now)
    return show


def test_every_status_is_counted_by_section(used: Show, reader: AvailabilityReader) -> None:
    found = reader.availability(used.event_id, None, used.now)
    stalls, standing = found.sections
    assert stalls.by_status == {"AVAILABLE": 2, "RESERVED": 2, "ALLOCATED": 1, "BLOCKED": 1}
    assert (standing.section, standing.total) == ("Floor", 4)
    assert standing.by_status == {"AVAILABLE": 4}
    assert [seat.seat_id for seat in found.available_seats or ()] == [5, 6, 7, 8, 9, 10]


def test_one_section_can_be_asked_for(used: Show, reader: AvailabilityReader) -> None:
    found = reader.availability(used.event_id, "Floor", used.now)
    assert [counts.section for counts in found.sections] == ["Floor"]
    assert [seat.seat_id for seat in found.available_seats or ()] == [7, 8, 9, 10]
    with pytest.raises(NotFound):
        reader.availability(used.event_id, "Balcony", used.now)


def test_a_large_event_is_answered_by_section_unless_one_is_asked_for(
    store: Store, reader: AvailabilityReader
) -> None:
    show = Show(store, hall(*[50] * 25), hall(*[50] * 15, name="Balcony"), floor(1))
    show.reserve(1, 2)
    found = reader.availability(show.event_id, None, show.now)
    assert found.available_seats is None
    assert [counts.by_status[SeatStatus.AVAILABLE] for counts in found.sections] == [1248, 750, 1]
    one = reader.availability(show.event_id, "Stalls", show.now)
    assert one.available_seats is not None
    assert len(one.available_seats) == 1248


def test_even_one_section_is_not_listed_beyond_measure(
    store: Store, reader: AvailabilityReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = Show(store, hall(6))
    monkeypatch.setattr(availability, "MAX_SEATS_LISTED", 5)
    assert reader.availability(show.event_id, "Stalls", show.now).available_seats is None


def test_an_answer_is_at_most_a_second_old(show: Show, reader: AvailabilityReader) -> None:
    def free(after: float) -> tuple[int, timedelta]:
        now = show.now + timedelta(seconds=after)
        found = reader.availability(show.event_id, None, now)
        return found.sections[0].by_status[SeatStatus.AVAILABLE], found.as_of - show.now

    assert free(0) == (20, timedelta())
    show.reserve(1)
    assert free(0.9) == (20, timedelta())
    assert free(1) == (19, timedelta(seconds=1))


def test_a_rush_of_readers_costs_one_read_a_second_and_section(
    used: Show, reader: AvailabilityReader
) -> None:
    reads: list[Any] = []
    client = used.store.table.client
    client.meta.events.register("before-call.dynamodb.*", _counter := _count_into(reads))
    try:
        for _ in range(50):
            reader.availability(used.event_id, None, used.now)
    finally:
        client.meta.events.unregister("before-call.dynamodb.*", _counter)
    # The summary, and the claims of two sections; the map itself is kept for good.
    assert len(reads) <= 4


def _count_into(reads: list[Any]) -> Any:
    def count(**_: Any) -> None:
        reads.append(1)

    return count


def test_time_moves_what_was_read_before(show: Show, reader: AvailabilityReader) -> None:
    show.reserve(1)
    end = show.now + timedelta(minutes=15)
    before = reader.availability(show.event_id, None, end - timedelta(seconds=0.5))
    after = reader.availability(show.event_id, None, end)
    statuses = [found.sections[0].by_status[SeatStatus.AVAILABLE] for found in (before, after)]
    assert statuses == [19, 20]


def test_a_reader_that_kept_a_replaced_map_finds_the_new_one(store: Store) -> None:
    show = Show(store, hall(3), status=EventStatus.SCHEDULED)
    reader = AvailabilityReader(Store(store.table.client, store.table.name))
    reader.map_of(show.event_id, show.now)
    fresh = AvailabilityReader(Store(store.table.client, store.table.name))
    fresh._states = reader._states
    show.publish(hall(5))
    assert fresh.availability(show.event_id, None, show.now).sections[0].total == 5


def test_an_event_without_seats_is_not_found(reader: AvailabilityReader, show: Show) -> None:
    with pytest.raises(NotFound):
        reader.availability(2**31 - 1, None, show.now)
    with pytest.raises(NotFound):
        read_seat(show.store, 2**31 - 1, 1, show.now)


# The list


def pages(
    reader: AvailabilityReader,
    show: Show,
    limit: int,
    section: str | None = None,
    status: SeatStatus | None = None,
) -> list[list[int]]:
    found, position = [], None
    while True:
        _, page = list_seats(reader, show.event_id, section, status, position, limit, show.now)
        found.append([each.seat.seat_id for each in page.seats])
        position = page.next_position
        if position is None:
            return found


def test_a_list_goes_through_all_seats_in_plan_order(
    used: Show, reader: AvailabilityReader
) -> None:
    assert pages(reader, used, 4) == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]
    assert pages(reader, used, 5) == [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]
    assert pages(reader, used, 3, section="Floor") == [[7, 8, 9], [10]]


def test_a_list_is_filtered_by_status(used: Show, reader: AvailabilityReader) -> None:
    assert pages(reader, used, 10, status=SeatStatus.RESERVED) == [[1, 2]]
    assert pages(reader, used, 10, status=SeatStatus.ALLOCATED) == [[3]]
    assert pages(reader, used, 10, status=SeatStatus.BLOCKED) == [[4]]
    assert pages(reader, used, 3, status=SeatStatus.AVAILABLE) == [[5, 6, 7], [8, 9, 10]]


def test_a_seat_that_changes_between_two_pages_shifts_no_other(
    used: Show, reader: AvailabilityReader
) -> None:
    _, page = list_seats(reader, used.event_id, None, SeatStatus.AVAILABLE, None, 2, used.now)
    assert [each.seat.seat_id for each in page.seats] == [5, 6]
    used.reserve(6)
    used.later(seconds=2)
    _, page = list_seats(
        reader, used.event_id, None, SeatStatus.AVAILABLE, page.next_position, 2, used.now
    )
    assert [each.seat.seat_id for each in page.seats] == [7, 8]


def test_a_cursor_of_another_map_is_refused(used: Show, reader: AvailabilityReader) -> None:
    for position in ({"section": "Gone", "seatId": 1}, {"section": "Floor"}, {}):
        with pytest.raises(ValidationFailed):
            list_seats(reader, used.event_id, None, None, position, 5, used.now)


def test_one_seat_is_read_as_it_is_right_now(used: Show) -> None:
    statuses = [read_seat(used.store, used.event_id, seat, used.now)[1].status for seat in (1, 5)]
    assert statuses == ["RESERVED", "AVAILABLE"]
    with pytest.raises(NotFound):
        read_seat(used.store, used.event_id, 999, used.now)


# The report


def test_a_report_counts_each_line_and_each_day(store: Store) -> None:
    show = Show(store, hall(4), hall(2, name="Box"))
    show.sell(1)
    show.later(days=1).sell(2)
    show.sell(5)
    show.reserve(3)
    state = store.states.read(show.event_id)
    assert state is not None
    report = read_report(store, state, show.now)
    assert {line.line: line.by_status for line in report.lines} == {
        Line("Stalls", "STANDARD", 1_000): {"ALLOCATED": 2, "RESERVED": 1, "AVAILABLE": 1},
        Line("Box", "STANDARD", 1_000): {"ALLOCATED": 1, "AVAILABLE": 1},
    }
    days = [(show.now - timedelta(days=1)).date(), show.now.date()]
    assert report.sold_by_day == [(days[0], 1), (days[1], 2)]
