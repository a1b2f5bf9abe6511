"""What seating answers."""

from datetime import UTC, date, datetime, time
from typing import Self

from functions.seating.availability import Availability, SeatNow, SectionCounts
from functions.seating.domain import Reservation, ReservationStatus, Seat, SeatStatus
from functions.seating.maps import PublishedMap
from functions.seating.report import LineReport, Report
from functions.shared.models import Instant, View


class SeatView(View):
    seat_id: int
    event_id: int
    section: str
    row: str
    seat_number: str
    category: str
    price_cents: int
    currency: str
    status: SeatStatus
    x: float | None
    y: float | None

    @classmethod
    def of(cls, seat: Seat, event_id: int, currency: str, status: SeatStatus) -> Self:
        return cls(
            seat_id=seat.seat_id,
            event_id=event_id,
            section=seat.section,
            row=seat.row,
            seat_number=seat.number,
            category=seat.category,
            price_cents=seat.price_cents,
            currency=currency,
            status=status,
            x=seat.x,
            y=seat.y,
        )


class SeatListView(View):
    items: list[SeatView]
    next_cursor: str | None


class SectionSummaryView(View):
    name: str
    total_seats: int
    general_admission: bool


class SeatMapView(View):
    event_id: int
    version: int
    total_seats: int
    sections: list[SectionSummaryView]
    warnings: list[str]

    @classmethod
    def of(cls, published: PublishedMap, warnings: list[str]) -> Self:
        return cls(
            event_id=published.state.event_id,
            version=published.state.map_version,
            total_seats=published.state.total_seats,
            sections=[
                SectionSummaryView(
                    name=section.name,
                    total_seats=len(section.seats),
                    general_admission=section.general_admission,
                )
                for section in published.sections
            ],
            warnings=warnings,
        )


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


def seat_views(
    seats: list[SeatNow] | tuple[SeatNow, ...], event_id: int, currency: str
) -> list[SeatView]:
    return [SeatView.of(each.seat, event_id, currency, each.status) for each in seats]


class ReservationView(View):
    """A reservation just made."""

    reservation_id: str
    event_id: int
    reserved_seats: list[SeatView]
    total_cents: int
    currency: str
    expires_at: Instant

    @classmethod
    def of(cls, reservation: Reservation) -> Self:
        return cls(
            reservation_id=reservation.reservation_id,
            event_id=reservation.event_id,
            reserved_seats=_reserved(reservation, SeatStatus.RESERVED),
            total_cents=reservation.total_cents,
            currency=reservation.currency,
            expires_at=reservation.expires_at,
        )


class ReservationStateView(ReservationView):
    """A reservation as it is now."""

    user_id: int
    order_id: str | None
    status: ReservationStatus

    @classmethod
    def at(cls, reservation: Reservation, now: datetime) -> Self:
        status = reservation.status_at(now)
        return cls(
            reservation_id=reservation.reservation_id,
            event_id=reservation.event_id,
            reserved_seats=_reserved(reservation, _SEATS_OF[status]),
            total_cents=reservation.total_cents,
            currency=reservation.currency,
            expires_at=reservation.expires_at,
            user_id=reservation.user_id,
            order_id=reservation.order_id,
            status=status,
        )


# What the reservation's own seats are by its state; once it has lost them, free as far as it knows.
_SEATS_OF = {
    ReservationStatus.ACTIVE: SeatStatus.RESERVED,
    ReservationStatus.PAYING: SeatStatus.RESERVED,
    ReservationStatus.COMPLETED: SeatStatus.ALLOCATED,
    ReservationStatus.RELEASED: SeatStatus.AVAILABLE,
    ReservationStatus.EXPIRED: SeatStatus.AVAILABLE,
}


def _reserved(reservation: Reservation, status: SeatStatus) -> list[SeatView]:
    return [
        SeatView.of(seat, reservation.event_id, reservation.currency, status)
        for seat in reservation.seats
    ]


class BlockedView(View):
    event_id: int
    seat_ids: list[int]
    status: SeatStatus


class ReportLineView(View):
    section: str
    category: str
    price_cents: int
    total_seats: int
    available_seats: int
    reserved_seats: int
    allocated_seats: int
    blocked_seats: int
    held_value_cents: int
    sold_value_cents: int
    expired_holds: int

    @classmethod
    def of(cls, report: LineReport) -> Self:
        by_status, price = report.by_status, report.line.price_cents
        reserved = by_status.get(SeatStatus.RESERVED, 0)
        allocated = by_status.get(SeatStatus.ALLOCATED, 0)
        return cls(
            section=report.line.section,
            category=report.line.category,
            price_cents=price,
            total_seats=report.total,
            available_seats=by_status.get(SeatStatus.AVAILABLE, 0),
            reserved_seats=reserved,
            allocated_seats=allocated,
            blocked_seats=by_status.get(SeatStatus.BLOCKED, 0),
            held_value_cents=reserved * price,
            sold_value_cents=allocated * price,
            expired_holds=report.expired_holds,
        )


class SalesDayView(View):
    """`share` is of all seats, sold by the end of this day (UTC)."""

    day: date
    until: Instant
    sold_seats: int
    sold_seats_so_far: int
    share: float


class ReportView(View):
    event_id: int
    currency: str
    total_seats: int
    sold_value_cents: int
    held_value_cents: int
    expired_holds: int
    lines: list[ReportLineView]
    sell_through: list[SalesDayView]

    @classmethod
    def of(cls, report: Report) -> Self:
        lines = [ReportLineView.of(line) for line in report.lines]
        total = sum(line.total_seats for line in lines)
        return cls(
            event_id=report.state.event_id,
            currency=report.state.currency or "",
            total_seats=total,
            sold_value_cents=sum(line.sold_value_cents for line in lines),
            held_value_cents=sum(line.held_value_cents for line in lines),
            expired_holds=sum(line.expired_holds for line in lines),
            lines=lines,
            sell_through=_sell_through(report, total),
        )


def _sell_through(report: Report, total: int) -> list[SalesDayView]:
    days, so_far = [], 0
    for day, sold in report.sold_by_day:
        so_far += sold
        days.append(
            SalesDayView(
                day=day,
                until=datetime.combine(day, time.max.replace(microsecond=0), UTC),
                sold_seats=sold,
                sold_seats_so_far=so_far,
                share=round(so_far / total, 4),
            )
        )
    return days


class HealthView(View):
    status: str
