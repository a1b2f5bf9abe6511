"""Seats by their ids."""

from collections.abc import Sequence
from datetime import datetime

from functions.seating.domain import SaleState, Seat, SeatNow, seat_status
from functions.seating.sale_states import read_state
from functions.seating.store.maps import StoredMap
from functions.seating.store.store import Store
from functions.shared.problems import NotFound, ValidationFailed


def named_seats(seat_map: StoredMap, seat_ids: Sequence[int]) -> tuple[Seat, ...]:
    """In the order given. Raises ValidationFailed naming each seat that the event does not have."""
    found = seat_map.find(seat_ids)
    unknown = [
        {"pointer": f"/seatIds/{place}", "detail": f"The event has no seat {seat_id}."}
        for place, seat_id in enumerate(seat_ids)
        if seat_id not in found
    ]
    if unknown:
        raise ValidationFailed("The event has no such seats.", errors=unknown)
    return tuple(found[seat_id] for seat_id in seat_ids)


def read_seat(
    store: Store, event_id: int, seat_id: int, now: datetime
) -> tuple[SaleState, SeatNow]:
    """One seat as it is right now. Raises NotFound."""
    state = read_state(store, event_id)
    found = store.maps.read(str(state.map_id)).find([seat_id])
    if seat_id not in found:
        raise NotFound(f"Event {event_id} has no seat {seat_id}.")
    seat = found[seat_id]
    claim = store.claims.of_seats(event_id, [seat]).get(seat_id)
    return state, SeatNow(seat, seat_status(claim, now))
