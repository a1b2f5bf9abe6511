"""The organizer's report as it is answered."""

from datetime import UTC, date, datetime, time
from typing import Self

from functions.seating.domain import SeatStatus
from functions.seating.report import LineReport, Report
from functions.shared.models import Instant, View


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
