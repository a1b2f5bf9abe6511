"""The seats of an event page by page, in plan order."""

from datetime import datetime
from typing import Any, NamedTuple

from functions.seating.availability import AvailabilityReader
from functions.seating.domain import SaleState, SeatNow, SeatStatus
from functions.shared.problems import ValidationFailed


class Page(NamedTuple):
    seats: list[SeatNow]
    next_position: dict[str, Any] | None


def list_seats(
    reader: AvailabilityReader,
    event_id: int,
    section: str | None,
    status: SeatStatus | None,
    position: dict[str, Any] | None,
    limit: int,
    now: datetime,
) -> tuple[SaleState, Page]:
    """Up to `limit` seats after a position, which names the last seat seen and its section.

    Raises NotFound for an event without seats or a section it does not have.
    """
    state, seat_map = reader.map_of(event_id, now)
    names = [entry.name for entry in seat_map.directory.sections]
    start, after = _start(names, position)
    found: list[SeatNow] = []
    for name, read in zip(
        names if section is None else [section], reader.seats(event_id, section, now), strict=True
    ):
        index = names.index(name)
        if index < start:
            continue
        seats = read()
        skipped = _place_after(seats, after) if index == start else 0
        for seat in seats[skipped:]:
            if status not in (None, seat.status):
                continue
            if len(found) == limit:
                last = found[-1].seat
                return state, Page(found, {"section": last.section, "seatId": last.seat_id})
            found.append(seat)
    return state, Page(found, None)


def _start(names: list[str], position: dict[str, Any] | None) -> tuple[int, int | None]:
    if position is None:
        return 0, None
    section, seat_id = position.get("section"), position.get("seatId")
    if section not in names or not isinstance(seat_id, int):
        raise ValidationFailed.at("/cursor", "This cursor is of another seat map.")
    return names.index(str(section)), seat_id


def _place_after(seats: Any, seat_id: int | None) -> int:
    if seat_id is None:
        return 0
    places = (place for place, seat in enumerate(seats) if seat.seat.seat_id == seat_id)
    return next(places, -1) + 1
