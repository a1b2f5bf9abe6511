"""What one event costs in DynamoDB, by its size: counted, so the same on every machine."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final
from uuid import uuid4

from embedded.bench.metering import Bill, metered
from embedded.bench.scale.stadium import Block, blocks, seat_map
from functions.seating import maps, reservations
from functions.seating.availability import AvailabilityReader
from functions.seating.domain import MAX_SEATS_A_RESERVATION, EventStatus, HoldTerms, SaleState
from functions.seating.drafts import build_sections
from functions.seating.refusals import Refusals
from functions.seating.requests import PutSeatMap
from functions.seating.store.store import Store
from functions.seating.wishes import Wish

PARTY: Final = 4
CLAIMED: Final = 50
_ORGANIZER: Final = 1
_TERMS: Final = HoldTerms(
    timedelta(minutes=15), counts=timedelta(minutes=10), rests=timedelta(minutes=1)
)
_ids = count(1)


@dataclass(frozen=True)
class EventCosts:
    """One event's bills; a `first` one is of a function that has never seen the event.

    `claimed_section` is read when CLAIMED of the section's seats are held, `section` when none is,
    both with its part of the map known.
    """

    seats: int
    sections: int
    seat_map: Bill
    first_reserve: Bill
    reserve: Bill
    first_best: Bill
    best: Bill
    summary: Bill
    section: Bill
    claimed_section: Bill


def event_costs(store: Store, seats: int) -> EventCosts:
    """Put a new event of this size on sale, then read and reserve in the middle of it."""
    stadium = blocks(seats)
    block = stadium[len(stadium) // 2]
    event = _Event(store)
    put = event.put(seats)
    reader = AvailabilityReader(store)
    summary = event.bill(lambda: reader.availability(event.event_id, None, _now()))
    event.read(block)
    section = event.bill(lambda: event.read(block))
    first = event.bill(lambda: event.forgotten().reserve(seat_ids=_party(block, 0)))
    again = event.bill(lambda: event.reserve(seat_ids=_party(block, 1)))
    best_wish = {"quantity": PARTY, "section": block.section["name"]}
    first_best = event.bill(lambda: event.forgotten().reserve(**best_wish))
    best = event.bill(lambda: event.reserve(**best_wish))
    event.hold(block, CLAIMED - 4 * PARTY)
    claimed = event.bill(lambda: event.read(block))
    return EventCosts(
        seats, len(stadium), put, first, again, first_best, best, summary, section, claimed
    )


class _Event:
    """An event on sale, and the one function that serves it."""

    def __init__(self, store: Store) -> None:
        self.event_id = next(_ids)
        self._store = store

    def bill(self, run: Callable[[], object]) -> Bill:
        with metered(self._store.table.client) as bill:
            run()
        return bill

    def put(self, seats: int) -> Bill:
        drafts = PutSeatMap.model_validate(seat_map(seats)).drafts()
        sections, _ = build_sections(drafts, None)
        state = SaleState(self.event_id, _ORGANIZER, EventStatus.ON_SALE, 1)
        event = maps.CataloguedEvent(state, "INR", 0)
        return self.bill(
            lambda: maps.publish_map(self._store, event, sections, lambda: uuid4().hex, _now())
        )

    def forgotten(self) -> "_Event":
        """The same event; the function starts anew and knows nothing of it."""
        self._store = Store(self._store.table.client, self._store.table.name)
        return self

    def reserve(self, **wish: Any) -> None:
        """By a customer who has nothing yet."""
        reservations.reserve(
            self._store,
            Wish(self.event_id, **wish),
            next(_ids),
            str(uuid4()),
            _now(),
            _TERMS,
            Refusals(),
        )

    def read(self, block: Block) -> None:
        """With no answer kept from the second before; the map is known."""
        reader = AvailabilityReader(self._store)
        reader.availability(self.event_id, block.section["name"], _now())

    def hold(self, block: Block, seats: int) -> None:
        """So many of the block's seats, from the back."""
        for start in range(0, seats, MAX_SEATS_A_RESERVATION):
            end = min(start + MAX_SEATS_A_RESERVATION, seats)
            self.reserve(seat_ids=tuple(block.seat_ids[-1 - place] for place in range(start, end)))


def _party(block: Block, place: int) -> tuple[int, ...]:
    """Neighbours in the second row, which best available comes to last of these."""
    start = 25 + place * PARTY
    return tuple(block.seat_ids[start : start + PARTY])


def _now() -> datetime:
    return datetime.now(UTC)
