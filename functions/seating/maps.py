"""Publishing an event's seat map: written whole, then made to count by one conditional write."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from functions.seating.domain import EventStatus, SaleState
from functions.seating.problems import SeatMapFixed
from functions.seating.sale_states import advance_state, manages
from functions.seating.seat_map import Section, pack
from functions.seating.store.store import Store
from functions.shared.problems import Conflict, NotFound
from functions.shared.tokens import Principal

# Longer than any function runs: a RESERVE that still saw the event on sale has ended by then.
QUIET_AFTER_SALE: Final = timedelta(seconds=60)
_TRIES: Final = 3


class CataloguedEvent(NamedTuple):
    """What catalog says of an event."""

    state: SaleState
    currency: str
    base_price_cents: int


class PublishedMap(NamedTuple):
    state: SaleState
    sections: tuple[Section, ...]


def no_such_event() -> NotFound:
    """The same words for none and for somebody else's."""
    return NotFound("There is no such event.")


def check_owner(event: CataloguedEvent, caller: Principal) -> None:
    """Somebody else's event is as good as none. Raises NotFound."""
    if not manages(caller, event.state.organizer_id):
        raise no_such_event()


def publish_map(
    store: Store,
    event: CataloguedEvent,
    sections: Sequence[Section],
    new_map_id: Callable[[], str],
    now: datetime,
) -> PublishedMap:
    """Make these sections the event's seats, from one moment to the next.

    The first map may come at any time; it is replaced only while the event is SCHEDULED and no
    seat is claimed. Raises SeatMapFixed, and Conflict if the event keeps changing meanwhile.
    """
    advance_state(store, event.state, now)
    directory, chunks = pack(sections)
    for _ in range(_TRIES):
        known = store.states.read(event.state.event_id)
        if known is None:
            raise no_such_event()
        if known.map_id is not None:
            _check_replaceable(store, known, now)
        map_id = new_map_id()
        store.maps.write(map_id, directory, chunks)
        published = store.states.publish_map(known, map_id, directory.total_seats, event.currency)
        if published is not None:
            if known.map_id is not None:
                store.maps.remove(known.map_id)
            return PublishedMap(published, tuple(sections))
        store.maps.remove(map_id)
    raise Conflict("The event kept changing while its seat map was written. Try again.")


def _check_replaceable(store: Store, known: SaleState, now: datetime) -> None:
    if known.status is not EventStatus.SCHEDULED:
        raise SeatMapFixed(f"The event is {known.status.value}; its seats stay as they are.")
    closed_at = known.sales_closed_at
    if closed_at is not None and now < closed_at + QUIET_AFTER_SALE:
        raise SeatMapFixed(
            "Sales were closed just now; wait for the last of them to end.",
            retryAfter=int(QUIET_AFTER_SALE.total_seconds()),
        )
    directory = store.maps.read(str(known.map_id)).directory
    claimed = [
        section.name
        for section in directory.sections
        if store.claims.any_live(known.event_id, section.name, now)
    ]
    if claimed:
        raise SeatMapFixed(f"Seats are claimed or blocked in {', '.join(claimed)}.")
