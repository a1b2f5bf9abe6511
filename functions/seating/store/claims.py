"""Reads of claims. A seat without a claim is free; so is one whose hold is over."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from functions.seating.domain import Claim, ClaimStatus, Seat, Slot, instant
from functions.seating.fairness import LAST_COUNT
from functions.seating.store.keys import claim_key, claims_partition, slot_key
from functions.shared.batches import BatchTable

# Of thousands of claims at once. To read a name that nobody needs takes time for each of them.
_TOLD: Final = ("SK", "status", "expiresAt", "allocatedAt", "userId")


class Claims:
    def __init__(self, table: BatchTable) -> None:
        self._table = table

    def of_section(
        self, event_id: int, section: str, *, consistent: bool = False
    ) -> dict[int, Claim]:
        """All claims of a section by seat id, live or over; not whose reservation and order."""
        partition = claims_partition(event_id, section)
        items = self._table.query(partition, only=_TOLD, consistent=consistent)
        claims = map(claim_of, items)
        return {claim.seat_id: claim for claim in claims}

    def any_live(self, event_id: int, section: str, now: datetime) -> bool:
        claims = map(
            claim_of, self._table.query(claims_partition(event_id, section), consistent=True)
        )
        return any(claim.is_live(now) for claim in claims)

    def of_seats(self, event_id: int, seats: Iterable[Seat]) -> dict[int, Claim]:
        keys = [claim_key(event_id, seat.section, seat.seat_id) for seat in seats]
        return {
            claim.seat_id: claim
            for start in range(0, len(keys), 100)
            for claim in map(claim_of, self._table.get_all(keys[start : start + 100]))
        }

    def active_of(self, user_id: int, event_ids: Sequence[int]) -> list[str]:
        """The ids of the reservations that a user's slots at up to 100 events name."""
        slots = self._table.get_all([slot_key(event_id, user_id) for event_id in event_ids])
        return [slot.active for slot in map(slot_of, slots) if slot.active is not None]

    def with_slot(
        self, event_id: int, seats: Iterable[Seat], user_id: int
    ) -> tuple[dict[int, Claim], Slot]:
        """The seats' claims and the user's slot, in one strong read."""
        mine = slot_key(event_id, user_id)
        keys = [claim_key(event_id, seat.section, seat.seat_id) for seat in seats]
        claims: dict[int, Claim] = {}
        slot = Slot()
        for item in self._table.get_all([*keys, mine]):
            if item["PK"] == mine["PK"]:
                slot = slot_of(item)
            else:
                claim = claim_of(item)
                claims[claim.seat_id] = claim
        return claims, slot


def claim_of(item: dict[str, Any]) -> Claim:
    return Claim(
        seat_id=int(item["SK"]),
        status=ClaimStatus(item["status"]),
        reservation_id=item.get("reservationId"),
        order_id=item.get("orderId"),
        expires_at=_instant(item.get("expiresAt")),
        allocated_at=_instant(item.get("allocatedAt")),
        user_id=item.get("userId"),
    )


def slot_of(item: dict[str, Any]) -> Slot:
    return Slot(
        active=item.get("active"),
        active_qty=item.get("activeQty", 0),
        active_expires_at=_instant(item.get("activeExpiresAt")),
        sold_qty=item.get("soldQty", 0),
        count_begun_at=_instant(item.get(LAST_COUNT) or None),
    )


def _instant(epoch_seconds: int | None) -> datetime | None:
    return None if epoch_seconds is None else instant(epoch_seconds)
