"""Where nobody could be seated a moment ago: a refusal must stay cheap when thousands ask.

To see that nothing is left, all claims of a section are read. Whoever asks the same function for as
many seats there, or more, within a second is refused by what was seen then; within five, if all
that was taken is sold: refunds are rare. A seat that is given back meanwhile is offered that much
later, one whose hold runs out at once.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from functions.seating.domain import Claim, SeatStatus, seat_status

SEEN_FOR: Final = timedelta(seconds=1)
SOLD_FOR: Final = timedelta(seconds=5)
_DECIDED: Final = (SeatStatus.AVAILABLE, SeatStatus.ALLOCATED)
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


class Refusals:
    """What one function saw a moment ago, counted from when it had seen it.

    Not from when it was asked: a look that takes long is the one that must not be taken again.
    """

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._seen: dict[Place, _Seen] = {}

    def remember(self, place: Place, quantity: int, claims: Iterable[Claim], now: datetime) -> None:
        """That at `now` these claims left nobody so many seats; until time frees one of them."""
        undecided = [claim for claim in claims if seat_status(claim, now) not in _DECIDED]
        freed = [claim.frees_at for claim in undecided if claim.frees_at is not None]
        seen_at = self._clock()
        if len(self._seen) >= _KEPT:
            self._seen.clear()
        until = min([seen_at + (SEEN_FOR if undecided else SOLD_FOR), *freed])
        self._seen[place] = _Seen(quantity, seen_at, until)

    def has(self, place: Place, quantity: int) -> bool:
        """Whether so many seats were not to be had there a moment ago."""
        seen = self._seen.get(place)
        return (
            seen is not None and quantity >= seen.quantity and seen.at <= self._clock() < seen.until
        )
