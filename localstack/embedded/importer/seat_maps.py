"""Seat maps, with the data's own seat ids, each put whole or not at all.

A map that is there already is left alone: it can't be half of ours, and its seats may be sold.
"""

import re
from collections import defaultdict
from http import HTTPStatus

from embedded.importer.client import Api
from embedded.importer.dataset import DataSet
from embedded.importer.outcome import Outcome
from embedded.importer.progress import Bars
from embedded.importer.records import Event, Seat
from embedded.importer.transport import Json, Refused


def import_seat_maps(api: Api, data: DataSet, event_ids: dict[int, int], bars: Bars) -> Outcome:
    outcome = Outcome("seat maps")
    with_seats = [event for event in data.events if data.seats_of[event.event_id]]
    for event, (is_new, refusal) in bars.each_at_once(
        "seat maps", lambda event: _ensure(api, event, data, event_ids), with_seats
    ):
        if refusal:
            outcome.refused.append(f"seat map of event {event.event_id}: {refusal}")
            continue
        outcome.ids[event.event_id] = event_ids[event.event_id]
        outcome.created += is_new
        outcome.found += not is_new
    return outcome


def _ensure(api: Api, event: Event, data: DataSet, event_ids: dict[int, int]) -> tuple[bool, str]:
    """Whether the map is new, and why there is none of ours."""
    if event.event_id not in event_ids:
        return False, "without its event"
    seats = data.seats_of[event.event_id]
    event_id = event_ids[event.event_id]
    total = _seats_there(api, event_id)
    if total:
        another = f"another map of {total} seats is there already, and left alone"
        return False, "" if total == len(seats) else another
    try:
        api.put(f"/v1/events/{event_id}/seats", {"sections": _sections(seats)})
    except Refused as refusal:
        # If the call was repeated, the refusal may be that the first one put the map.
        is_put = _seats_there(api, event_id) == len(seats)
        return is_put, "" if is_put else str(refusal)
    return True, ""


def _seats_there(api: Api, event_id: int) -> int:
    try:
        total: int = api.get("/v1/seats/availability", eventId=event_id)["totalSeats"]
    except Refused as refusal:
        if refusal.status != HTTPStatus.NOT_FOUND:
            raise
        return 0
    return total


def _sections(seats: list[Seat]) -> list[Json]:
    """Sections, rows and seats in the order a visitor would count them."""
    sections: dict[str, dict[str, list[Seat]]] = defaultdict(lambda: defaultdict(list))
    for seat in sorted(seats, key=_position):
        sections[seat.section][seat.row_label].append(seat)
    return [
        {
            "name": section,
            "rows": [
                {"row": row, "seats": [_seat(seat) for seat in in_row]}
                for row, in_row in rows.items()
            ],
        }
        for section, rows in sections.items()
    ]


def _seat(seat: Seat) -> Json:
    return {
        "number": seat.seat_number,
        "seatId": seat.seat_id,
        "priceCents": seat.price_cents,
    }


def _position(seat: Seat) -> tuple[list[tuple[int, str]], ...]:
    return (*map(_natural, (seat.section, seat.row_label, seat.seat_number)), [(seat.seat_id, "")])


def _natural(label: str) -> list[tuple[int, str]]:
    """Sorts row 9 before row 10."""
    parts = re.findall(r"\d+|\D+", label)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
