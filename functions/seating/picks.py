"""Best available: pick seats, hold them, and pick again when somebody else was faster."""

from datetime import datetime
from random import Random
from typing import Final

from functions.seating.best_available import any_seats, best_adjacent
from functions.seating.domain import Reservation, Seat, SeatStatus, seat_status
from functions.seating.holds import Reserved, hold
from functions.seating.problems import SeatsUnavailable
from functions.seating.store.maps import StoredMap
from functions.seating.store.store import Store
from functions.seating.wishes import Wish
from functions.shared.problems import ValidationFailed

_PICKS: Final = 5


def hold_best(
    store: Store, seat_map: StoredMap, wish: Wish, draft: Reservation, now: datetime
) -> Reserved:
    """Pick and hold; when somebody else was faster pick again, ever wider.

    Raises what `hold` raises, and ValidationFailed for a section that is not there.
    """
    if wish.section is not None and seat_map.section(wish.section) is None:
        raise ValidationFailed.at("/section", f"The event has no section {wish.section!r}.")
    # Drawn from the reservation's own id: rivals pick differently, a test picks the same again.
    rng = Random(draft.reservation_id)  # noqa: S311 - nothing secret  # nosec B311
    lost: set[int] = set()
    for attempt in range(_PICKS):
        seats = _pick(store, seat_map, wish, lost, rng, attempt, now)
        if not seats:
            raise SeatsUnavailable(
                f"There are no {wish.quantity} free seats together.", unavailableSeats=[]
            )
        try:
            return hold(store, draft._replace(seats=tuple(seats)), now)
        except SeatsUnavailable as taken:
            lost.update(taken.extensions["unavailableSeats"])
    raise SeatsUnavailable("Others were faster; ask again.", unavailableSeats=sorted(lost))


def _pick(
    store: Store,
    seat_map: StoredMap,
    wish: Wish,
    lost: set[int],
    rng: Random,
    attempt: int,
    now: datetime,
) -> list[Seat]:
    """Seats of the first section, in plan order, that can still seat everybody together."""
    for section in seat_map.directory.sections:
        if wish.section not in (None, section.name):
            continue
        seats = seat_map.seats_of(section.name)
        claims = store.claims.of_section(wish.event_id, section.name)
        free = {
            seat.seat_id
            for seat in seats
            if wish.category in (None, seat.category)
            and seat.seat_id not in lost
            and seat_status(claims.get(seat.seat_id), now) is SeatStatus.AVAILABLE
        }
        if section.general_admission:
            picked = any_seats(seats, free, wish.quantity, rng)
        else:
            picked = best_adjacent(seats, free, wish.quantity, rng, choices=4**attempt)
        if picked:
            return picked
    return []
