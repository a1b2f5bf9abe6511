"""What clients see of an event's seats: read from claims and time, never from a counter.

Claims are read a section at a time and kept for a second, so that a rush of readers costs one
read a second and section; so is the summary that names the map.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final, Generic, NamedTuple, TypeVar

from functions.seating.domain import Claim, SaleState, Seat, SeatNow, SeatStatus, seat_status
from functions.seating.problems import SeatMapMissing
from functions.seating.sale_states import read_state
from functions.seating.seat_map import SectionEntry
from functions.seating.store.maps import StoredMap
from functions.seating.store.store import Store
from functions.shared.correlation import in_threads
from functions.shared.problems import NotFound

CACHED_FOR: Final = timedelta(seconds=1)
# Above this an event is answered section by section.
MAX_SEATS_AT_ONCE: Final = 2_000
# A single section is listed up to this; beyond, GET /v1/seats has pages.
MAX_SEATS_LISTED: Final = 10_000
_KEPT: Final = 4_096
_READERS: Final = 8

Kept = TypeVar("Kept")


class SectionCounts(NamedTuple):
    section: str
    general_admission: bool
    total: int
    by_status: dict[SeatStatus, int]


class Availability(NamedTuple):
    """`available_seats` is None where there are too many to list."""

    state: SaleState
    sections: tuple[SectionCounts, ...]
    available_seats: tuple[Seat, ...] | None
    as_of: datetime


class _Cache(Generic[Kept]):
    """What was read within the last second."""

    def __init__(self) -> None:
        self._kept: dict[object, tuple[datetime, Kept]] = {}

    def get(self, key: object, now: datetime, read: Callable[[], Kept]) -> tuple[datetime, Kept]:
        """The kept one, or else a new one, with the moment it was read."""
        kept = self._kept.get(key)
        if kept is not None and now - kept[0] < CACHED_FOR:
            return kept
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        fresh = self._kept[key] = (now, read())
        return fresh


class AvailabilityReader:
    """Reads of one Lambda; its caches last a second."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._states: _Cache[SaleState] = _Cache()
        self._claims: _Cache[dict[int, Claim]] = _Cache()
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="claims")

    def availability(self, event_id: int, section: str | None, now: datetime) -> Availability:
        """Counts by section, and the free seats unless there are too many. Raises NotFound."""
        state, seat_map = self.map_of(event_id, now)
        entries = _entries(seat_map, section)
        total = sum(entry.total_seats for entry in entries)
        limit = MAX_SEATS_AT_ONCE if section is None else MAX_SEATS_LISTED
        claims = self._claims_of(event_id, [entry.name for entry in entries], now)
        free: list[Seat] | None = [] if total <= limit else None
        counts = []
        for entry in entries:
            live = claims[entry.name][1]
            counts.append(_counts(entry, live.values(), now))
            if free is not None:
                free += _free(seat_map.seats_of(entry.name), live, now)
        return Availability(
            state,
            tuple(counts),
            None if free is None else tuple(free),
            min((read_at for read_at, _ in claims.values()), default=now),
        )

    def seats(
        self, event_id: int, section: str | None, now: datetime
    ) -> Iterator[Callable[[], Sequence[SeatNow]]]:
        """The event's seats in plan order, a section at a time, read when called for."""
        _, seat_map = self.map_of(event_id, now)
        for entry in _entries(seat_map, section):

            def read(name: str = entry.name) -> Sequence[SeatNow]:
                claims = self._claims_of(event_id, [name], now)[name][1]
                return list(_now(seat_map.seats_of(name), claims, now))

            yield read

    def map_of(self, event_id: int, now: datetime) -> tuple[SaleState, StoredMap]:
        """Raises NotFound for an event without seats."""
        _, state = self._states.get(
            event_id, now, lambda: read_state(self._store, event_id, consistent=False)
        )
        try:
            return state, self._store.maps.read(str(state.map_id))
        except SeatMapMissing:
            # Replaced since: what was kept names a map that is gone.
            state = read_state(self._store, event_id)
            return state, self._store.maps.read(str(state.map_id))

    def _claims_of(
        self, event_id: int, sections: list[str], now: datetime
    ) -> dict[str, tuple[datetime, dict[int, Claim]]]:
        def read(section: str) -> tuple[datetime, dict[int, Claim]]:
            return self._claims.get(
                (event_id, section),
                now,
                lambda: self._store.claims.of_section(event_id, section),
            )

        if len(sections) == 1:
            return {sections[0]: read(sections[0])}
        return dict(zip(sections, self._readers.map(in_threads(read), sections), strict=True))


def _entries(seat_map: StoredMap, section: str | None) -> Sequence[SectionEntry]:
    if section is None:
        return seat_map.directory.sections
    entry = seat_map.section(section)
    if entry is None:
        raise NotFound(f"The event has no section {section!r}.")
    return [entry]


def _counts(entry: SectionEntry, claims: Iterable[Claim], now: datetime) -> SectionCounts:
    by_status = Counter(seat_status(claim, now) for claim in claims)
    taken = sum(by_status.values()) - by_status[SeatStatus.AVAILABLE]
    by_status[SeatStatus.AVAILABLE] = entry.total_seats - taken
    return SectionCounts(entry.name, entry.general_admission, entry.total_seats, by_status)


def _free(seats: Sequence[Seat], claims: dict[int, Claim], now: datetime) -> Sequence[Seat]:
    taken = {seat_id for seat_id, claim in claims.items() if claim.is_live(now)}
    return [seat for seat in seats if seat.seat_id not in taken] if taken else seats


def _now(seats: Iterable[Seat], claims: dict[int, Claim], now: datetime) -> Iterator[SeatNow]:
    return (SeatNow(seat, seat_status(claims.get(seat.seat_id), now)) for seat in seats)
