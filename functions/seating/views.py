"""What seating answers."""

from datetime import datetime
from typing import Self

from functions.seating.domain import Reservation, ReservationStatus, Seat, SeatNow, SeatStatus
from functions.seating.maps import PublishedMap
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


def seat_views(
    seats: list[SeatNow] | tuple[SeatNow, ...], event_id: int, currency: str
) -> list[SeatView]:
    return [SeatView.of(each.seat, event_id, currency, each.status) for each in seats]


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


class HealthView(View):
    status: str
