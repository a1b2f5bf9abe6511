"""Best available: pick seats, hold them, and pick again when somebody else was faster."""

from datetime import datetime
from random import Random
from typing import Final

from functions.seating.best_available import any_seats, best_adjacent
from functions.seating.domain import Claim, HoldTerms, Reservation, Seat, SeatStatus, seat_status
from functions.seating.holds import Reserved, hold
from functions.seating.problems import SeatsJustHeld, SeatsUnavailable
from functions.seating.refusals import Place, Refusals
from functions.seating.seat_map import SectionEntry
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
    refusals: Refusals,
) -> Reserved:
    """Pick and hold; when somebody else was faster pick again, ever wider.

    Raises what `hold` raises, and ValidationFailed for a section that is not there.
    """
    if wish.section is not None and seat_map.section(wish.section) is None:
        raise ValidationFailed.at("/section", f"The event has no section {wish.section!r}.")
    picker = _Picker(store, seat_map, wish, draft, terms, now, refusals)
    for attempt in range(_PICKS):
        seats = picker.pick(attempt)
        if not seats:
            raise SeatsUnavailable(
                f"There are no {wish.quantity} free seats together.", unavailableSeats=[]
            )
        try:
            return hold(store, draft._replace(seats=tuple(seats)), terms, now)
        except (SeatsUnavailable, SeatsJustHeld) as taken:
            picker.lost.update(taken.extensions["unavailableSeats"])
    raise SeatsUnavailable("Others were faster; ask again.", unavailableSeats=sorted(picker.lost))


class _Picker:
    """Picks for one wish; never what was `lost` to others."""

    def __init__(
        self,
        store: Store,
        seat_map: StoredMap,
        wish: Wish,
        draft: Reservation,
        terms: HoldTerms,
        now: datetime,
        refusals: Refusals,
    ) -> None:
        self._store = store
        self._map = seat_map
        self._wish = wish
        self._user_id = draft.user_id
        self._terms = terms
        self._now = now
        self._refusals = refusals
        # Drawn from the reservation's own id: rivals pick differently, a test picks the same again.
        self._rng = Random(draft.reservation_id)  # noqa: S311 - nothing secret  # nosec B311
        self.lost: set[int] = set()

    def pick(self, attempt: int) -> list[Seat]:
        """Seats of the first section, in plan order, that can still seat everybody together."""
        for section in self._map.directory.sections:
            if self._wish.section in (None, section.name):
                picked = self._pick_in(section, attempt)
                if picked:
                    return picked
        return []

    def _pick_in(self, section: SectionEntry, attempt: int) -> list[Seat]:
        wish, now = self._wish, self._now
        place = Place(self._map.map_id, section.name, wish.category)
        if self._refusals.has(place, wish.quantity):
            return []
        seats = self._map.seats_of(section.name)
        fitting = [seat.seat_id for seat in seats if wish.category in (None, seat.category)]
        if not fitting:
            return []
        claims = self._store.claims.of_section(wish.event_id, section.name)
        free = {
            seat_id
            for seat_id in fitting
            if seat_status(claims.get(seat_id), now) is SeatStatus.AVAILABLE
        }
        mine = {seat_id for seat_id in free - self.lost if not self._rests(claims.get(seat_id))}
        if section.general_admission:
            picked = any_seats(seats, mine, wish.quantity, self._rng)
        else:
            picked = best_adjacent(seats, mine, wish.quantity, self._rng, choices=4**attempt)
        if not picked and mine == free:
            self._refusals.remember(place, wish.quantity, claims.values(), now)
        return picked

    def _rests(self, claim: Claim | None) -> bool:
        until = claim and claim.rests_until(self._user_id, self._terms.rests)
        return until is not None and self._now < until
