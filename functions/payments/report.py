"""An organizer's report: the money of an event, or of all, by day and currency."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from functions.payments.cashier import Cashier
from functions.payments.store import reports
from functions.payments.store.reports import DayTotals, Scope
from functions.shared.postgres import transaction
from functions.shared.problems import ValidationFailed
from functions.shared.tokens import Principal


class Totals(NamedTuple):
    """Of one currency."""

    currency: str
    charges: int
    refunds: int
    captured_cents: int
    refunded_cents: int
    tax_cents: int


@dataclass(frozen=True)
class Report:
    scope: Scope
    days: list[DayTotals]
    totals: list[Totals]


def read_report(cashier: Cashier, asked: Scope, viewer: Principal) -> Report:
    """An administrator's of anything; an organizer's of one event of theirs.

    Another organizer's event has no payments of theirs, just as one that is not there. Raises
    ValidationFailed.
    """
    scope = asked
    if not viewer.is_admin:
        if asked.event_id is None:
            raise ValidationFailed.at("/eventId", "Name an event of yours.")
        scope = asked._replace(organizer_id=viewer.user_id)
    with transaction(cashier.engine) as connection:
        days = reports.add_up(connection, scope)
    return Report(asked, days, _totals(days))


def _totals(days: Iterable[DayTotals]) -> list[Totals]:
    by_currency = sorted(days, key=lambda day: day.currency)
    return [
        Totals(currency, *map(sum, zip(*(day[2:] for day in group), strict=True)))
        for currency, group in groupby(by_currency, key=lambda day: day.currency)
    ]
