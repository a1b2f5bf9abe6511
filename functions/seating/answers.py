"""A reservation as seating's tasks answer it to other domains."""

from datetime import datetime
from typing import Any

from functions.seating.domain import Reservation
from functions.seating.views import ReservationStateView


def reservation_answer(reservation: Reservation, now: datetime) -> dict[str, Any]:
    """API.md's reservation with its owner, organizer and status; `items` is the price snapshot."""
    policy = reservation.refund_policy
    view = ReservationStateView.at(reservation, now).model_dump(mode="json", by_alias=True)
    return {
        **view,
        "organizerId": reservation.organizer_id,
        "refundPolicy": policy
        and {"fullUntil": policy.full_until.isoformat(), "thenPercent": policy.then_percent},
        "items": [
            {
                "seatId": seat.seat_id,
                "section": seat.section,
                "row": seat.row,
                "seatNumber": seat.number,
                "category": seat.category,
                "priceCents": seat.price_cents,
            }
            for seat in reservation.seats
        ],
    }
