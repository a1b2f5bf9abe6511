"""Best available: pick seats, hold them, and pick again when somebody else was faster."""

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Final

from functions.seating.best_available import any_seats, best_adjacent
from functions.seating.domain import Claim, HoldTerms, Reservation, Seat, SeatStatus, seat_status
from functions.seating.holds import Reserved, hold
from functions.seating.problems import SeatsJustHeld, SeatsUnavailable
from functions.seating.store.maps import StoredMap
from functions.seating.store.store import Store
from functions.seating.wishes import Wish
from functions.shared.problems import ValidationFailed

_PICKS: Final = 5


def hold_best(
    store: Store,
    seat_map: StoredMap,
    wish: Wish,
    draft: Reservation,
    terms: HoldTerms,
    now: datetime,
) -> Reserved:
    """Pick and hold; when somebody else was faster pick again, ever wider.

    Raises what `hold` raises, and ValidationFailed for a section that is not there.
    """
    if wish.section is not None and seat_map.section(wish.section) is None:
        raise ValidationFailed.at("/section", f"The event has no section {wish.section!r}.")
    # Drawn from the reservation's own id: rivals pick differently, a test picks the same again.
    rng = Random(draft.reservation_id)  # noqa: S311 - nothing secret  # nosec B311
    lost: set[int] = set()

    def may_have(claim: Claim | None) -> bool:
        if seat_status(claim, now) is not SeatStatus.AVAILABLE:
            return False
        rests_until = claim and claim.rests_until(draft.user_id, terms.rests)
        return rests_until is None or rests_until <= now

    for attempt in range(_PICKS):
        seats = _pick(store, seat_map, wish, lost, rng, attempt, may_have)
        if not seats:
            raise SeatsUnavailable(
                f"There are no {wish.quantity} free seats together.", unavailableSeats=[]
            )
        try:
            return hold(store, draft._replace(seats=tuple(seats)), terms, now)
        except (SeatsUnavailable, SeatsJustHeld) as taken:
            lost.update(taken.extensions["unavailableSeats"])
    raise SeatsUnavailable("Others were faster; ask again.", unavailableSeats=sorted(lost))


def _pick(
    store: Store,
    seat_map: StoredMap,
    wish: Wish,
    lost: set[int],
    rng: Random,
    attempt: int,
    may_have: Callable[[Claim | None], bool],
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
            and may_have(claims.get(seat.seat_id))
        }
        if section.general_admission:
            picked = any_seats(seats, free, wish.quantity, rng)
        else:
            picked = best_adjacent(seats, free, wish.quantity, rng, choices=4**attempt)
        if picked:
            return picked
    return []
