"""What the table's stream tells: reservations whose time is over, and seats that are free again.

Repeats and disorder are no-ops: a record is moved once, by its own condition, and events are
told at least once. Nothing is decided by who deleted an item, which emulators do not say.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.seating.domain import ClaimStatus, ReservationStatus
from functions.seating.store.changes import ClaimChange, RecordChange
from functions.seating.store.operations import OperationRefused
from functions.seating.store.store import Store
from functions.shared.events import NO_REQUEST, DomainEvent
from functions.shared.observability import count

SOURCE = "boxoffice.seating"


def expire_reservation(store: Store, change: ClaimChange, now: datetime) -> bool:
    """If this claim left a reservation whose time is over: move its record, count its seats."""
    left = change.before
    if left is None or left.status is not ClaimStatus.HELD or left.expires_at is None:
        return False
    if change.after is not None and change.after.reservation_id == left.reservation_id:
        return False
    if change.after is not None:
        # Whoever overwrote it has proved that its time is over, by a clock that may be ahead.
        now = max(now, left.expires_at)
    # These looks only save a write that would be refused; its own condition decides.
    if now < left.expires_at or left.reservation_id is None:
        return False
    reservation = store.records.read(left.reservation_id)
    if reservation is None or reservation.status is not ReservationStatus.ACTIVE:
        return False
    try:
        store.operations.expire(reservation, now)
    except OperationRefused:
        return False
    count("expired_reservations_released", len(reservation.seats))
    return True


def events_of_claim(change: ClaimChange) -> list[DomainEvent]:
    """Sold or blocked seats that are free again. Held and paying ones are told by the record.

    A claim does not say which request has freed it.
    """
    left = change.before
    reasons = {ClaimStatus.ALLOCATED: "REFUNDED", ClaimStatus.BLOCKED: "UNBLOCKED"}
    if left is None or change.after is not None or left.status not in reasons:
        return []
    return [_seats_freed(change.event_id, [left.seat_id], reasons[left.status], NO_REQUEST)]


def events_of_record(change: RecordChange) -> list[DomainEvent]:
    """The end of a reservation without a sale."""
    after = change.after
    if after is None or (change.before is not None and change.before.status is after.status):
        return []
    seat_ids = [seat.seat_id for seat in after.seats]
    if after.status is ReservationStatus.RELEASED:
        return [_seats_freed(after.event_id, seat_ids, "RELEASED", after.request_id)]
    if after.status is ReservationStatus.EXPIRED:
        detail = {
            "reservationId": after.reservation_id,
            "eventId": after.event_id,
            "seatIds": seat_ids,
        }
        return [
            DomainEvent(SOURCE, "ReservationExpired", detail, after.request_id),
            _seats_freed(after.event_id, seat_ids, "EXPIRED", after.request_id),
        ]
    return []


def _seats_freed(
    event_id: int, seat_ids: list[int], reason: str, correlation_id: str
) -> DomainEvent:
    detail: Mapping[str, Any] = {"eventId": event_id, "seatIds": seat_ids, "reason": reason}
    return DomainEvent(SOURCE, "SeatsFreed", dict(detail), correlation_id)
