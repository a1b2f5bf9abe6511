"""One attempt to hold seats: every one of them, or none and the reason."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from math import ceil
from typing import NamedTuple

from functions.seating.domain import (
    HOLDS_COUNTED,
    MAX_TICKETS_A_USER,
    Claim,
    HoldTerms,
    Reservation,
    SeatStatus,
    Slot,
    seat_status,
)
from functions.seating.problems import (
    ActiveReservationExists,
    SeatsJustHeld,
    SeatsUnavailable,
    TicketLimitReached,
    TooManyHolds,
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


def hold(store: Store, reservation: Reservation, terms: HoldTerms, now: datetime) -> Reserved:
    """Hold exactly these seats, or answer what the same id holds already.

    Raises SeatsUnavailable, SeatsJustHeld, ActiveReservationExists, TicketLimitReached,
    TooManyHolds, IdempotencyKeyReused.
    """
    room_before = MAX_TICKETS_A_USER - len(reservation.seats)
    claims, slot = store.claims.with_slot(
        reservation.event_id, reservation.seats, reservation.user_id
    )
    # Obvious losers are turned away before the transaction, which costs ten times as much. What
    # is this very reservation's own was written by a twin of this request: the record tells.
    if slot.active != reservation.reservation_id:
        _check_slot(slot, room_before, terms, now)
        _check_seats(claims, reservation, terms, now)
    try:
        store.operations.reserve(reservation, room_before, terms, now)
    except OperationRefused as refused:
        if refused.record:
            twin = store.records.read(reservation.reservation_id)
            if twin is not None:
                return replay(twin, reservation.request_hash)
        if refused.slot is not None:
            _check_slot(refused.slot, room_before, terms, now)
        resting = _resting(refused.claims, reservation, terms, now)
        # What refused and does not rest is taken, even if its claim was not told.
        _refuse(set(refused.claims) - set(resting), resting, now)
        raise _unavailable(refused.seat_ids) from refused
    return Reserved(reservation, replayed=False)


def _check_slot(slot: Slot, room_before: int, terms: HoldTerms, now: datetime) -> None:
    if slot.is_taken(now):
        raise ActiveReservationExists(
            "Pay for your active reservation, or release it first.", reservationId=slot.active
        )
    if slot.sold_qty > room_before:
        raise TicketLimitReached(
            f"You have {slot.sold_qty} of at most {MAX_TICKETS_A_USER} tickets for this event."
        )
    if slot.count_begun_at is not None and now < slot.count_begun_at + terms.counts:
        raise TooManyHolds(
            f"Your last {HOLDS_COUNTED} reservations for this event came to nothing.",
            retryAfter=_seconds_until(slot.count_begun_at + terms.counts, now),
        )


def _check_seats(
    claims: Mapping[int, Claim], reservation: Reservation, terms: HoldTerms, now: datetime
) -> None:
    taken = {
        seat_id
        for seat_id, claim in claims.items()
        if seat_status(claim, now) is not SeatStatus.AVAILABLE
    }
    _refuse(taken, _resting(claims, reservation, terms, now), now)


def _resting(
    claims: Mapping[int, Claim | None], reservation: Reservation, terms: HoldTerms, now: datetime
) -> dict[int, datetime]:
    """Until when, by seat, the user of this reservation leaves to others what they held before."""
    return {
        seat_id: until
        for seat_id, claim in claims.items()
        if claim is not None
        and not claim.is_live(now)
        and (until := claim.rests_until(reservation.user_id, terms.rests)) is not None
        and now < until
    }


def _refuse(taken: Collection[int], resting: Mapping[int, datetime], now: datetime) -> None:
    """Raises for seats that are taken, or else for those that rest."""
    if taken:
        raise _unavailable(taken)
    if resting:
        raise SeatsJustHeld(
            "Your own hold on them has just run out; take others, or wait a moment.",
            unavailableSeats=sorted(resting),
            retryAfter=_seconds_until(max(resting.values()), now),
        )


def _seconds_until(at: datetime, now: datetime) -> int:
    return max(1, ceil((at - now).total_seconds()))


def _unavailable(seat_ids: Iterable[int]) -> SeatsUnavailable:
    return SeatsUnavailable("Some of those seats are taken.", unavailableSeats=sorted(seat_ids))
