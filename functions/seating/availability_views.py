"""Availability as it is answered."""

from typing import Self

from functions.seating.availability import Availability, SectionCounts
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
