"""House seats: kept off sale by the organizer until unblocked. Every seat or none."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from functions.seating.domain import SaleState, Seat
from functions.seating.problems import SeatsNotBlocked, SeatsUnavailable
from functions.seating.store.reservations import OperationRefused
from functions.seating.store.store import Store
from functions.shared.problems import Conflict, ValidationFailed

# A transaction takes 100 writes, and one is the event's summary.
MAX_SEATS_A_BLOCK: Final = 99


def block(store: Store, state: SaleState, seat_ids: Sequence[int], now: datetime) -> None:
    """Raises SeatsUnavailable naming the taken, and ValidationFailed naming unknown seats."""
    seats = _find(store, state, seat_ids)
    try:
        store.reservations.block(state.event_id, seats, str(state.map_id), now)
    except OperationRefused as refused:
        if refused.record:
            raise Conflict("The seat map was replaced just now.") from refused
        raise SeatsUnavailable(
            "Some of those seats are taken.", unavailableSeats=sorted(refused.seat_ids)
        ) from refused


def unblock(store: Store, state: SaleState, seat_ids: Sequence[int]) -> None:
    """Raises SeatsNotBlocked naming them, and ValidationFailed naming unknown seats."""
    seats = _find(store, state, seat_ids)
    try:
        store.reservations.unblock(state.event_id, seats)
    except OperationRefused as refused:
        raise SeatsNotBlocked(
            "Some of those seats are not blocked.", unavailableSeats=sorted(refused.seat_ids)
        ) from refused


def _find(store: Store, state: SaleState, seat_ids: Sequence[int]) -> list[Seat]:
    found = store.maps.read(str(state.map_id)).find(seat_ids)
    unknown = [
        {"pointer": f"/seatIds/{place}", "detail": f"The event has no seat {seat_id}."}
        for place, seat_id in enumerate(seat_ids)
        if seat_id not in found
    ]
    if unknown:
        raise ValidationFailed("The event has no such seats.", errors=unknown)
    return [found[seat_id] for seat_id in seat_ids]
