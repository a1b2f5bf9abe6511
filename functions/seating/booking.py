"""What a booking does to a reservation: secure, allocate, and give back what was sold.

Each may run again at any time, even weeks later: a repeat is answered by the record.
"""

from collections.abc import Sequence
from datetime import datetime

from functions.seating.domain import ClaimStatus, Reservation, ReservationStatus
from functions.seating.problems import (
    ReservationCompleted,
    ReservationExpired,
    ReservationInPayment,
    ReservationReleased,
    SeatsLost,
)
from functions.seating.reservations import read_reservation
from functions.seating.sale_states import check_not_cancelled
from functions.seating.store.operations import OperationRefused
from functions.seating.store.store import Store
from functions.shared.problems import NotFound, ServiceUnavailable, ValidationFailed


def secure(store: Store, reservation_id: str, order_id: str, now: datetime) -> Reservation:
    """Keep the seats for this order until its payment is decided.

    Raises NotFound, EventCancelled, ReservationExpired, ReservationReleased, ReservationInPayment
    and ReservationCompleted (another order's), SeatsLost.
    """
    reservation = read_reservation(store, reservation_id)
    if reservation.status is ReservationStatus.ACTIVE:
        # Read strongly, but not checked in the transaction, as when seats are reserved: whoever
        # cancels an event waits until no SECURE is under way that saw it open.
        check_not_cancelled(store, reservation.event_id)
    try:
        store.operations.secure(reservation, order_id, now)
    except OperationRefused as refused:
        record = read_reservation(store, reservation_id)
        if _is_orders(record, order_id, ReservationStatus.PAYING, ReservationStatus.COMPLETED):
            return record
        raise _not_securable(record, refused, now) from refused
    return reservation._replace(status=ReservationStatus.PAYING, order_id=order_id)


def _not_securable(record: Reservation, refused: OperationRefused, now: datetime) -> Exception:
    match record.status_at(now):
        case ReservationStatus.EXPIRED:
            return ReservationExpired(f"It ended at {record.expires_at.isoformat()}.")
        case ReservationStatus.RELEASED:
            return ReservationReleased("Its seats were given back.")
        case ReservationStatus.PAYING:
            return ReservationInPayment("Another order is paying for it.")
        case ReservationStatus.COMPLETED:
            return ReservationCompleted("Another order has paid for it.")
    return SeatsLost("It no longer holds all its seats.", unavailableSeats=refused.seat_ids)


def allocate(store: Store, reservation_id: str, order_id: str, now: datetime) -> Reservation:
    """Sell the seats to the order that has paid for them.

    Raises SeatsLost if they are not this order's to have, so that a refund is due; and
    ServiceUnavailable if that is not certain: asking again is safe then.
    """
    reservation = store.records.read(reservation_id)
    if reservation is None:
        raise SeatsLost("There is no such reservation.", unavailableSeats=[])
    try:
        store.operations.allocate(reservation, order_id, now)
    except OperationRefused as refused:
        record = store.records.read(reservation_id)
        if record and _is_orders(record, order_id, ReservationStatus.COMPLETED):
            return record
        if record and _is_half_seen(store, record, order_id, refused):
            # Money goes back on nothing less than a seat that is truly gone.
            raise ServiceUnavailable.retry_after(1, "Its seats are being sold now.") from refused
        raise SeatsLost(
            "The order does not hold all its seats.", unavailableSeats=refused.seat_ids
        ) from refused
    return reservation._replace(status=ReservationStatus.COMPLETED)


def _is_half_seen(
    store: Store, record: Reservation, order_id: str, refused: OperationRefused
) -> bool:
    """Whether the same step, delivered twice at once, was refused by half of what the other did:
    every seat is kept for this order or sold to it, and the record does not say so yet.
    """
    if not _is_orders(record, order_id, ReservationStatus.PAYING):
        return False
    claims = store.claims.of_seats(record.event_id, record.seats)
    kept = [claim.status for claim in claims.values() if claim.order_id == order_id]
    is_whole = len(kept) == len(record.seats)
    # A slot that alone refuses, with no seat sold, is damaged.
    return is_whole and (refused.slot is None or ClaimStatus.ALLOCATED in kept)


def _is_orders(record: Reservation, order_id: str, *statuses: ReservationStatus) -> bool:
    return record.order_id == order_id and record.status in statuses


def release_sold(
    store: Store,
    reservation_id: str,
    order_id: str,
    seat_ids: Sequence[int],
    now: datetime,
) -> list[int]:
    """Free refunded seats, each by itself; which of them this run freed.

    A seat freed before, or sold to somebody else since, is left alone. Raises NotFound, and
    ValidationFailed for seats that were not the reservation's.
    """
    reservation = store.records.read(reservation_id)
    if reservation is None:
        raise NotFound(f"There is no reservation {reservation_id}.")
    seats = {seat.seat_id: seat for seat in reservation.seats}
    foreign = sorted(set(seat_ids) - set(seats))
    if foreign:
        raise ValidationFailed.at("/seatIds", f"Seats {foreign} are not of this reservation.")
    freed = []
    for seat_id in dict.fromkeys(seat_ids):
        try:
            store.operations.release_sold(reservation, seats[seat_id], order_id, now)
        except OperationRefused:
            continue
        freed.append(seat_id)
    return freed
