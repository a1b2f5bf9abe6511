"""An organizer's report: every seat of the event by section, category and price."""

from collections import Counter
from datetime import date, datetime
from typing import NamedTuple

from functions.seating.domain import SaleState, SeatStatus, seat_status
from functions.seating.store.store import Store


class Line(NamedTuple):
    section: str
    category: str
    price_cents: int


class LineReport(NamedTuple):
    """Values are cents at the map's prices; `expired_holds` counts seats whose hold ran out."""

    line: Line
    by_status: dict[SeatStatus, int]
    expired_holds: int

    @property
    def total(self) -> int:
        return sum(self.by_status.values())


class Report(NamedTuple):
    state: SaleState
    lines: list[LineReport]
    # Seats sold on each day (UTC) that are still sold, in order of time.
    sold_by_day: list[tuple[date, int]]


def read_report(store: Store, state: SaleState, now: datetime) -> Report:
    seat_map = store.maps.read(str(state.map_id))
    statuses: dict[Line, Counter[SeatStatus]] = {}
    days: Counter[date] = Counter()
    for entry in seat_map.directory.sections:
        claims = store.claims.of_section(state.event_id, entry.name, consistent=True)
        for seat in seat_map.seats_of(entry.name):
            line = Line(seat.section, seat.category, seat.price_cents)
            status = seat_status(claims.get(seat.seat_id), now)
            statuses.setdefault(line, Counter())[status] += 1
        days.update(
            claim.allocated_at.date() for claim in claims.values() if claim.allocated_at is not None
        )
    expired = store.records.expired_counts(state.event_id)
    lines = [
        LineReport(
            line, dict(counts), expired.get((line.section, line.category, line.price_cents), 0)
        )
        for line, counts in statuses.items()
    ]
    return Report(state, lines, sorted(days.items()))
