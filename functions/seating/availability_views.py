"""Availability as it is answered."""

import hashlib
from datetime import datetime
from typing import Final, NamedTuple, Self

from functions.seating.availability import (
    CACHED_FOR,
    Availability,
    AvailabilityReader,
    SectionCounts,
)
from functions.seating.domain import SeatStatus
from functions.seating.views import SeatView, seat_views
from functions.shared.models import Instant, View


class SectionAvailabilityView(View):
    section: str
    general_admission: bool
    total_seats: int
    available_seats: int
    reserved_seats: int
    allocated_seats: int
    blocked_seats: int

    @classmethod
    def of(cls, counts: SectionCounts) -> Self:
        return cls(
            section=counts.section,
            general_admission=counts.general_admission,
            total_seats=counts.total,
            available_seats=counts.by_status.get(SeatStatus.AVAILABLE, 0),
            reserved_seats=counts.by_status.get(SeatStatus.RESERVED, 0),
            allocated_seats=counts.by_status.get(SeatStatus.ALLOCATED, 0),
            blocked_seats=counts.by_status.get(SeatStatus.BLOCKED, 0),
        )


class AvailabilityView(View):
    """`availableSeatsList` is null where there are too many seats: ask for a section."""

    event_id: int
    total_seats: int
    available_seats: int
    reserved_seats: int
    allocated_seats: int
    blocked_seats: int
    availability_by_section: list[SectionAvailabilityView]
    available_seats_list: list[SeatView] | None
    as_of: Instant

    @classmethod
    def of(cls, found: Availability) -> Self:
        sections = [SectionAvailabilityView.of(counts) for counts in found.sections]
        seats = found.available_seats
        event_id, currency = found.state.event_id, found.state.currency or ""
        return cls(
            event_id=event_id,
            total_seats=sum(section.total_seats for section in sections),
            available_seats=sum(section.available_seats for section in sections),
            reserved_seats=sum(section.reserved_seats for section in sections),
            allocated_seats=sum(section.allocated_seats for section in sections),
            blocked_seats=sum(section.blocked_seats for section in sections),
            availability_by_section=sections,
            available_seats_list=None if seats is None else seat_views(seats, event_id, currency),
            as_of=found.as_of,
        )


class AvailabilityAnswer(NamedTuple):
    view: AvailabilityView
    etag: str


class AvailabilityAnswers:
    """Answers ready to be sent: in a rush most readers ask for the very same one."""

    _KEPT: Final = 256

    def __init__(self, reader: AvailabilityReader) -> None:
        self._reader = reader
        self._kept: dict[tuple[int, str | None], AvailabilityAnswer] = {}

    def answer(self, event_id: int, section: str | None, now: datetime) -> AvailabilityAnswer:
        """At most a second old. Raises NotFound."""
        kept = self._kept.get((event_id, section))
        if kept is not None and now - kept.view.as_of < CACHED_FOR:
            return kept
        view = AvailabilityView.of(self._reader.availability(event_id, section, now))
        # Weak: the same seats at another moment are the same to a reader.
        digest = hashlib.sha256(view.model_dump_json(exclude={"as_of"}).encode()).hexdigest()
        if len(self._kept) >= self._KEPT:
            self._kept.clear()
        fresh = self._kept[event_id, section] = AvailabilityAnswer(view, f'W/"{digest[:32]}"')
        return fresh
