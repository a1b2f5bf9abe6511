"""Where nobody could be seated a moment ago: a refusal must stay cheap when thousands ask.

To see that nothing is left, all claims of a section are read. Whoever asks for as many seats there
within a second is refused by what was seen then; as with availability, a seat that is given back
meanwhile is offered a second later. One whose hold runs out is offered at once.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from functions.seating.domain import Claim

SEEN_FOR: Final = timedelta(seconds=1)
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
    """What one function saw within the last second."""

    def __init__(self) -> None:
        self._seen: dict[Place, _Seen] = {}

    def see(self, place: Place, quantity: int, claims: Iterable[Claim], now: datetime) -> None:
        """Remember that these claims leave nobody so many seats, until time frees one of them."""
        freed = (claim.frees_at for claim in claims if claim.is_live(now))
        until = min([now + SEEN_FOR, *(at for at in freed if at is not None)])
        if len(self._seen) >= _KEPT:
            self._seen.clear()
        self._seen[place] = _Seen(quantity, now, until)

    def knows(self, place: Place, quantity: int, now: datetime) -> bool:
        """Whether so many seats were not to be had there a moment ago."""
        seen = self._seen.get(place)
        return seen is not None and quantity >= seen.quantity and seen.at <= now < seen.until
