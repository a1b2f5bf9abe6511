"""Where nobody could be seated a moment ago: a refusal must stay cheap when thousands ask.

To see that nothing is left, all claims of a section are read. Whoever asks for as many seats there
within a second is refused by what was seen then, or within five if no seat is held or paid for
any more: refunds are rare. A seat that is given back meanwhile is offered that much later, one
whose hold runs out at once.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from functions.seating.domain import Claim, SeatStatus, seat_status

SEEN_FOR: Final = timedelta(seconds=1)
SOLD_FOR: Final = timedelta(seconds=5)
_KEPT: Final = 4_096


class Place(NamedTuple):
    """Seats of one category, or of all, in one section of a published map."""

    map_id: str
    section: str
    category: str | None


class _Seen(NamedTuple):
    """So many seats were not to be had by anybody."""

    quantity: int
    at: datetime
    until: datetime


class SoldOut:
    """What one function saw a moment ago, counted from when it had seen it."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._seen: dict[Place, _Seen] = {}

    def see(self, place: Place, quantity: int, claims: Iterable[Claim]) -> None:
        """Remember that these claims leave nobody so many seats, until time frees one of them."""
        now = self._clock()
        undecided = [claim for claim in claims if seat_status(claim, now) is SeatStatus.RESERVED]
        freed = [claim.frees_at for claim in undecided if claim.frees_at is not None]
        until = min([now + (SEEN_FOR if undecided else SOLD_FOR), *freed])
        if len(self._seen) >= _KEPT:
            self._seen.clear()
        self._seen[place] = _Seen(quantity, now, until)

    def knows(self, place: Place, quantity: int) -> bool:
        """Whether so many seats were not to be had there a moment ago."""
        now, seen = self._clock(), self._seen.get(place)
        return seen is not None and quantity >= seen.quantity and seen.at <= now < seen.until
