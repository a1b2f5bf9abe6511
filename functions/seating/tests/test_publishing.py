"""A seat map counts from one moment to the next, and is replaced only while nobody relies on it."""

from datetime import timedelta

import pytest

from functions.seating import blocks, maps
from functions.seating.domain import EventStatus, SaleState
from functions.seating.maps import QUIET_AFTER_SALE, publish_map
from functions.seating.problems import EventNotOnSale, SeatMapFixed, SeatMapMissing
from functions.seating.sale_states import advance_state
from functions.seating.seat_map import Section
from functions.seating.store.store import Store
from functions.seating.tests.shows import ORGANIZER, Show, floor, hall, new_event_id, new_id
from functions.shared.problems import Conflict

SCHEDULED = EventStatus.SCHEDULED


@pytest.fixture
def scheduled(store: Store) -> Show:
    return Show(store, hall(10, 10), status=SCHEDULED)


def tell(show: Show, status: EventStatus, version: int) -> SaleState:
    told = SaleState(show.event_id, ORGANIZER, status, version)
    return advance_state(show.store, told, show.now)


def test_a_published_map_is_read_back_seat_by_seat(scheduled: Show) -> None:
    state = scheduled.published.state
    assert (state.map_version, state.total_seats, state.currency) == (1, 20, "EUR")
    stored = Store(scheduled.store.table.client, scheduled.store.table.name).maps.read(
        str(state.map_id)
    )
    (section,) = scheduled.published.sections
    assert stored.seats_of("Stalls") == section.seats
    assert stored.find([20, 3, 999]) == {
        seat.seat_id: seat for seat in section.seats if seat.seat_id in (3, 20)
    }
    assert stored.seats_of("Nowhere") == ()


def test_a_map_may_be_replaced_while_scheduled_and_its_items_go(scheduled: Show) -> None:
    old = str(scheduled.published.state.map_id)
    scheduled.published = scheduled.publish(hall(3), floor(4))
    assert scheduled.published.state.map_version == 2
    assert scheduled.published.state.total_seats == 7
    assert list(scheduled.store.table.query(f"MAP#{old}", consistent=True)) == []
    with pytest.raises(SeatMapMissing):
        scheduled.store.maps.read(old)


def test_a_first_map_may_come_when_the_event_is_on_sale(store: Store) -> None:
    Show(store, hall(2), status=EventStatus.ON_SALE).reserve(1)


@pytest.mark.parametrize(
    "status", [EventStatus.ON_SALE, EventStatus.SOLD_OUT, EventStatus.CANCELLED]
)
def test_a_map_is_not_replaced_once_sales_began(scheduled: Show, status: EventStatus) -> None:
    tell(scheduled, status, 2)
    scheduled.version, scheduled.status = 2, status
    with pytest.raises(SeatMapFixed):
        scheduled.publish(hall(3))
    assert scheduled.store.states.read(scheduled.event_id) == scheduled.published.state._replace(
        status=status, event_version=2
    )


def test_a_newer_state_that_seating_heard_counts_more_than_what_catalog_told(
    scheduled: Show,
) -> None:
    tell(scheduled, EventStatus.ON_SALE, 2)
    with pytest.raises(SeatMapFixed):
        scheduled.publish(hall(3))


def test_after_a_closed_sale_a_map_waits_for_the_last_reservation_to_end(scheduled: Show) -> None:
    tell(scheduled, EventStatus.ON_SALE, 2)
    tell(scheduled, SCHEDULED, 3)
    with pytest.raises(SeatMapFixed) as refused:
        scheduled.publish(hall(3))
    assert refused.value.headers["Retry-After"] == "60"
    scheduled.now += QUIET_AFTER_SALE - timedelta(seconds=1)
    with pytest.raises(SeatMapFixed):
        scheduled.publish(hall(3))
    scheduled.later(seconds=1).publish(hall(3))


def test_a_map_with_claimed_or_blocked_seats_is_not_replaced(scheduled: Show) -> None:
    state = scheduled.published.state
    blocks.block(scheduled.store, state, [1], scheduled.now)
    with pytest.raises(SeatMapFixed):
        scheduled.publish(hall(3))
    blocks.unblock(scheduled.store, state, [1])
    scheduled.publish(hall(3))


def test_a_block_and_a_new_map_that_meet_cannot_both_win(scheduled: Show) -> None:
    state = scheduled.published.state
    known = scheduled.store.states.read(scheduled.event_id)
    assert known is not None
    elsewhere = Store(scheduled.store.table.client, scheduled.store.table.name)
    elsewhere.maps.read(str(state.map_id)).seats_of("Stalls")
    blocks.block(scheduled.store, state, [1], scheduled.now)
    assert scheduled.store.states.publish_map(known, new_id(), 3, "EUR") is None
    blocks.unblock(scheduled.store, state, [1])
    scheduled.publish(hall(3))
    with pytest.raises(Conflict):
        blocks.block(elsewhere, state, [1], scheduled.now)
    with pytest.raises(SeatMapMissing):
        blocks.block(scheduled.store, state, [1], scheduled.now)
    assert scheduled.claims() == {}


def test_of_two_maps_written_at_once_one_counts_and_the_other_leaves_nothing(
    scheduled: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, ids = scheduled.store, []
    original = maps._check_replaceable

    def beaten_once(*arguments: object) -> None:
        original(*arguments)  # type: ignore[arg-type]
        monkeypatch.setattr(maps, "_check_replaceable", original)
        scheduled.publish(floor(5))

    def a_new_id() -> str:
        ids.append(new_id())
        return ids[-1]

    monkeypatch.setattr(maps, "_check_replaceable", beaten_once)
    section = Section("Late", False, scheduled.published.sections[0].seats[:1])
    published = publish_map(store, scheduled.catalogued(), [section], a_new_id, scheduled.now)
    assert published.state.map_version == 3
    assert published.state.map_id == ids[1]
    assert list(store.table.query(f"MAP#{ids[0]}", consistent=True)) == []


def test_a_state_moves_by_version_whatever_the_order_and_however_often(scheduled: Show) -> None:
    assert tell(scheduled, EventStatus.CANCELLED, 9).status is EventStatus.CANCELLED
    for version, status in [(3, EventStatus.ON_SALE), (9, SCHEDULED), (2, SCHEDULED)]:
        assert tell(scheduled, status, version).status is EventStatus.CANCELLED
    known = scheduled.store.states.read(scheduled.event_id)
    assert known is not None
    assert (known.status, known.event_version) == (EventStatus.CANCELLED, 9)
    assert known.map_id == scheduled.published.state.map_id


def test_a_state_may_be_told_before_there_are_seats(store: Store) -> None:
    show = Show.__new__(Show)
    show.store, show.event_id, show.now = store, new_event_id(), Show(store, hall(1)).now
    tell(show, EventStatus.ON_SALE, 4)
    known = store.states.read(show.event_id)
    assert known is not None
    assert known.map_id is None
    show.version, show.status = 2, SCHEDULED
    show.published = show.publish(hall(2))
    assert show.published.state.status is EventStatus.ON_SALE
    show.reserve(1)


@pytest.mark.parametrize("status", [SCHEDULED, EventStatus.SOLD_OUT, EventStatus.CANCELLED])
def test_nothing_is_reserved_unless_the_event_is_on_sale(show: Show, status: EventStatus) -> None:
    tell(show, status, 2)
    with pytest.raises(EventNotOnSale):
        show.reserve(1)
    assert show.claims() == {}
    tell(show, EventStatus.ON_SALE, 3)
    show.reserve(1)
