"""What somebody asks to reserve."""

from typing import NamedTuple

from functions.shared.idempotency import request_hash


class Wish(NamedTuple):
    """What somebody asks for: these seats, or so many of the best that are free."""

    event_id: int
    seat_ids: tuple[int, ...] = ()
    quantity: int = 0
    section: str | None = None
    category: str | None = None

    @property
    def size(self) -> int:
        return len(self.seat_ids) or self.quantity

    def digest(self, user_id: int) -> str:
        """The same for the same wish of the same user, in whatever order its seats come."""
        return request_hash(
            {**self._asdict(), "seat_ids": sorted(self.seat_ids), "user_id": user_id}
        )
