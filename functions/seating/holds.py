"""One attempt to hold seats: every one of them, or none and the reason."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from functions.seating.domain import (
    MAX_TICKETS_A_USER,
    Claim,
    Reservation,
    SeatStatus,
    Slot,
    seat_status,
)
from functions.seating.problems import (
    ActiveReservationExists,
    SeatsUnavailable,
    TicketLimitReached,
)
from functions.seating.store.operations import OperationRefused
from functions.seating.store.store import Store
from functions.shared.problems import IdempotencyKeyReused


class Reserved(NamedTuple):
    reservation: Reservation
    replayed: bool


def replay(earlier: Reservation, digest: str) -> Reserved:
    """What was reserved under this id before. Raises IdempotencyKeyReused for another wish."""
    if earlier.request_hash != digest:
        raise IdempotencyKeyReused("This key made a reservation for another request.")
    return Reserved(earlier, replayed=True)


def hold(store: Store, reservation: Reservation, now: datetime) -> Reserved:
    """Hold exactly these seats, or answer what the same id holds already.

    Raises SeatsUnavailable, ActiveReservationExists, TicketLimitReached, IdempotencyKeyReused.
    """
    room_before = MAX_TICKETS_A_USER - len(reservation.seats)
    claims, slot = store.claims.with_slot(
        reservation.event_id, reservation.seats, reservation.user_id
    )
    # Obvious losers are turned away before the transaction, which costs ten times as much. What
    # is this very reservation's own was written by a twin of this request: the record tells.
    if slot.active != reservation.reservation_id:
        _check_slot(slot, room_before, now)
        _check_seats(claims, reservation, now)
    try:
        store.operations.reserve(reservation, room_before, now)
    except OperationRefused as refused:
        if refused.record:
            twin = store.records.read(reservation.reservation_id)
            if twin is not None:
                return replay(twin, reservation.request_hash)
        if refused.slot is not None:
            _check_slot(refused.slot, room_before, now)
        raise _unavailable(refused.seat_ids) from refused
    return Reserved(reservation, replayed=False)


def _check_slot(slot: Slot, room_before: int, now: datetime) -> None:
    if slot.is_taken(now):
        raise ActiveReservationExists(
            "Pay for your active reservation, or release it first.", reservationId=slot.active
        )
    if slot.sold_qty > room_before:
        raise TicketLimitReached(
            f"You have {slot.sold_qty} of at most {MAX_TICKETS_A_USER} tickets for this event."
        )


def _check_seats(claims: dict[int, Claim], reservation: Reservation, now: datetime) -> None:
    taken = [
        seat.seat_id
        for seat in reservation.seats
        if seat_status(claims.get(seat.seat_id), now) is not SeatStatus.AVAILABLE
    ]
    if taken:
        raise _unavailable(taken)


def _unavailable(seat_ids: Sequence[int]) -> SeatsUnavailable:
    return SeatsUnavailable("Some of those seats are taken.", unavailableSeats=sorted(seat_ids))
