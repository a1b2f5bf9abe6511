"""What seating holds of one user, for their own copy of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from functions.seating.domain import Reservation
from functions.seating.store.store import Store


def export_reservations(
    store: Store,
    user_id: int,
    reservation_ids: Sequence[str],
    event_ids: Sequence[int],
    now: datetime,
) -> list[dict[str, Any]]:
    """This user's reservations of these ids, and those that they have at these events now.

    Of each at most a hundred. There is no list of a user's reservations: each hold would pay for
    its place in one. One that led to no order is forgotten within days.
    """
    held = store.claims.active_of(user_id, event_ids)
    found = store.records.read_all(sorted({*reservation_ids, *held}))
    return [_kept(each, now) for each in found if each.user_id == user_id]


def _kept(reservation: Reservation, now: datetime) -> dict[str, Any]:
    return {
        "reservationId": reservation.reservation_id,
        "eventId": reservation.event_id,
        "orderId": reservation.order_id,
        "status": reservation.status_at(now),
        "seatIds": [seat.seat_id for seat in reservation.seats],
        "totalCents": reservation.total_cents,
        "currency": reservation.currency,
        "expiresAt": reservation.expires_at.isoformat(),
    }
