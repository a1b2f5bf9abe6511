"""What came in and went out, added up by Postgres: by day (UTC) and currency."""

from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Date,
    Select,
    Subquery,
    and_,
    cast,
    func,
    literal_column,
    select,
    true,
    union_all,
)

from functions.payments.domain import Outcome, RefundStatus
from functions.payments.store.tables import attempts, payments, refunds

_NONE: ColumnElement[int] = literal_column("0", BigInteger)
_ONE: ColumnElement[int] = literal_column("1", BigInteger)


Cents = TypeVar("Cents", int, ColumnElement[int])


def tax_in(cents: Cents) -> Cents:
    """The tax in what an order cost, or in what is left of it; of numbers as of columns.

    An order costs its subtotal x 1.05, rounded half to even: within half a cent of 21/20 of it. So
    20/21 of that is within 0.48 of a cent of the subtotal, and rounds to just that. (It never lies
    halfway: 40 n is no odd multiple of 21.)
    """
    return cents - (cents * 40 + 21) // 42


class Scope(NamedTuple):
    """What to add up: all that is not excluded. `starts_at` counts, `ends_at` no more."""

    event_id: int | None = None
    organizer_id: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def covers(self, at: ColumnElement[datetime]) -> ColumnElement[bool]:
        starts = true() if self.starts_at is None else at >= self.starts_at
        ends = true() if self.ends_at is None else at < self.ends_at
        return and_(starts, ends)

    def concerns_payment(self) -> ColumnElement[bool]:
        event, organizer = payments.c.event_id, payments.c.organizer_id
        of_event = true() if self.event_id is None else event == self.event_id
        of_theirs = true() if self.organizer_id is None else organizer == self.organizer_id
        return and_(of_event, of_theirs)


class DayTotals(NamedTuple):
    """`tax_cents` is the tax in what was captured, less that in what was refunded."""

    day: date
    currency: str
    charges: int
    refunds: int
    captured_cents: int
    refunded_cents: int
    tax_cents: int


def add_up(connection: Connection, scope: Scope) -> list[DayTotals]:
    """In order of days and currencies; days on which nothing moved are left out."""
    moved = union_all(_captured(scope), _paid_back(scope)).subquery()
    day = cast(func.timezone("UTC", moved.c.at), Date)
    counted = ("charges", "refunds", "captured_cents", "refunded_cents", "tax_cents")
    totals = (
        select(
            day.label("day"),
            moved.c.currency,
            *(cast(func.sum(moved.c[name]), BigInteger).label(name) for name in counted),
        )
        .group_by("day", moved.c.currency)
        .order_by("day", moved.c.currency)
    )
    return [DayTotals(*row) for row in connection.execute(totals)]


def _captured(scope: Scope) -> Select[Any]:
    # Money that came too late counts too: it was taken, and is among the refunds.
    return (
        select(
            attempts.c.closed_at.label("at"),
            payments.c.currency,
            _ONE.label("charges"),
            _NONE.label("refunds"),
            payments.c.amount_cents.label("captured_cents"),
            _NONE.label("refunded_cents"),
            tax_in(payments.c.amount_cents).label("tax_cents"),
        )
        .join_from(attempts, payments, attempts.c.payment_id == payments.c.payment_id)
        .where(
            attempts.c.outcome == Outcome.CAPTURED,
            scope.covers(attempts.c.closed_at),
            scope.concerns_payment(),
        )
    )


def _paid_back(scope: Scope) -> Select[Any]:
    given = _given_so_far(scope)
    # The tax that a refund gives back is what the tax in the rest falls by: so the parts of a
    # payment, refunded one by one, give back all of its tax and no cent more.
    before_cents = given.c.charged_cents - given.c.given_cents + given.c.amount_cents
    after_cents = given.c.charged_cents - given.c.given_cents
    return select(
        given.c.completed_at.label("at"),
        given.c.currency,
        _NONE.label("charges"),
        _ONE.label("refunds"),
        _NONE.label("captured_cents"),
        given.c.amount_cents.label("refunded_cents"),
        (tax_in(after_cents) - tax_in(before_cents)).label("tax_cents"),
    ).where(scope.covers(given.c.completed_at))


def _given_so_far(scope: Scope) -> Subquery:
    """Refunds of every charge of which something was paid back in that time, the earlier too."""
    concerned = (
        select(refunds.c.payment_id)
        .join_from(refunds, payments, refunds.c.payment_id == payments.c.payment_id)
        .where(
            refunds.c.status == RefundStatus.REFUNDED,
            scope.covers(refunds.c.completed_at),
            scope.concerns_payment(),
        )
    )
    so_far = func.sum(refunds.c.amount_cents).over(
        partition_by=refunds.c.attempt_key, order_by=[refunds.c.completed_at, refunds.c.refund_id]
    )
    return (
        select(
            refunds.c.completed_at,
            refunds.c.amount_cents,
            payments.c.currency,
            payments.c.amount_cents.label("charged_cents"),
            cast(so_far, BigInteger).label("given_cents"),
        )
        .join_from(refunds, payments, refunds.c.payment_id == payments.c.payment_id)
        .where(
            refunds.c.status == RefundStatus.REFUNDED,
            refunds.c.payment_id.in_(concerned),
        )
        .subquery()
    )
