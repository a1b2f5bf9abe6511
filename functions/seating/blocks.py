"""House seats: kept off sale by the organizer until unblocked. Every seat or none."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from functions.seating.domain import SaleState
from functions.seating.problems import SeatsNotBlocked, SeatsUnavailable
from functions.seating.seats import named_seats
from functions.seating.store.operations import OperationRefused
from functions.seating.store.store import Store
from functions.shared.problems import Conflict

# A transaction takes 100 writes, and one is the event's summary.
MAX_SEATS_A_BLOCK: Final = 99


def block(store: Store, state: SaleState, seat_ids: Sequence[int], now: datetime) -> None:
    """Raises SeatsUnavailable naming the taken, and ValidationFailed naming unknown seats."""
    seats = named_seats(store.maps.read(str(state.map_id)), seat_ids)
    try:
        store.operations.block(state.event_id, seats, str(state.map_id), now)
    except OperationRefused as refused:
        if refused.record:
            raise Conflict("The seat map was replaced just now.") from refused
        raise SeatsUnavailable(
            "Some of those seats are taken.", unavailableSeats=sorted(refused.seat_ids)
        ) from refused


def unblock(store: Store, state: SaleState, seat_ids: Sequence[int]) -> None:
    """Raises SeatsNotBlocked naming them, and ValidationFailed naming unknown seats."""
    seats = named_seats(store.maps.read(str(state.map_id)), seat_ids)
    try:
        store.operations.unblock(state.event_id, seats)
    except OperationRefused as refused:
        raise SeatsNotBlocked(
            "Some of those seats are not blocked.", unavailableSeats=sorted(refused.seat_ids)
        ) from refused
