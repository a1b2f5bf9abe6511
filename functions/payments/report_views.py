"""The organizer's report, as it is asked for and answered."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from functions.payments.report import Report, Totals
from functions.payments.store.reports import DayTotals, Scope
from functions.shared import models
from functions.shared.models import Currency, Day, Instant, QueryId, Request, View


def _within_reach(moment: datetime | date) -> datetime | date:
    if not 2000 <= moment.year < 2200:
        raise ValueError("must be in this or the next century")
    return moment


# Of many payments: no amount that one of them may have bounds it.
Sum = Annotated[int, Field(ge=0, description="Money in integer minor units")]
Moment = Annotated[
    models.Moment | Day,
    Field(union_mode="left_to_right", description="RFC 3339, or a day in UTC"),
    AfterValidator(_within_reach),
]


class ReadReport(Request):
    """From a day or a moment on; to the end of a day, or before a moment."""

    event_id: QueryId | None = None
    moment_from: Annotated[Moment | None, Field(alias="from")] = None
    moment_to: Annotated[Moment | None, Field(alias="to")] = None

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        scope = self.scope()
        if scope.starts_at and scope.ends_at and scope.ends_at <= scope.starts_at:
            raise ValueError("to must be after from")
        return self

    def scope(self) -> Scope:
        return Scope(
            event_id=self.event_id,
            starts_at=_midnight(self.moment_from, timedelta(0)),
            ends_at=_midnight(self.moment_to, timedelta(days=1)),
        )


def _midnight(moment: datetime | date | None, later: timedelta) -> datetime | None:
    """The moment itself, or where its day begins, so much later."""
    if moment is None or isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, time(), UTC) + later


class MoneyView(View):
    """`netCents` is captured less refunded, `taxCents` the tax in that; both may be negative on
    a day.
    """

    currency: Currency
    charges: int
    refunds: int
    captured_cents: Sum
    refunded_cents: Sum
    net_cents: int
    tax_cents: int

    @classmethod
    def of(cls, money: DayTotals | Totals, **more: date) -> Self:
        return cls(
            currency=money.currency,
            charges=money.charges,
            refunds=money.refunds,
            captured_cents=money.captured_cents,
            refunded_cents=money.refunded_cents,
            net_cents=money.captured_cents - money.refunded_cents,
            tax_cents=money.tax_cents,
            **more,
        )


class MoneyDayView(MoneyView):
    day: date


class MoneyReportView(View):
    """`from` counts and `to` no more; null where all was asked for."""

    event_id: int | None
    starts_at: Annotated[Instant | None, Field(alias="from")]
    ends_at: Annotated[Instant | None, Field(alias="to")]
    days: list[MoneyDayView]
    totals: list[MoneyView]

    @classmethod
    def of(cls, report: Report) -> Self:
        return cls(
            event_id=report.scope.event_id,
            starts_at=report.scope.starts_at,
            ends_at=report.scope.ends_at,
            days=[MoneyDayView.of(day, day=day.day) for day in report.days],
            totals=[MoneyView.of(total) for total in report.totals],
        )
