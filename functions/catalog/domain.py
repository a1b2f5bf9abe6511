"""The pure rules of the catalog: how an event may change, and what each refusal is called."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from functions.shared.problems import Conflict, ValidationFailed


class EventStatus(StrEnum):
    SCHEDULED = "SCHEDULED"
    ON_SALE = "ON_SALE"
    SOLD_OUT = "SOLD_OUT"
    CANCELLED = "CANCELLED"


# Sales may be closed and opened again, but never go back to SCHEDULED, where a seat map with
# sold seats on it could be replaced. Cancelling is not here: it refunds everybody first.
_NEXT: Final = {
    EventStatus.SCHEDULED: {EventStatus.ON_SALE},
    EventStatus.ON_SALE: {EventStatus.SOLD_OUT},
    EventStatus.SOLD_OUT: {EventStatus.ON_SALE},
    EventStatus.CANCELLED: set(),
}
_OPENING: Final = {EventStatus.SCHEDULED, EventStatus.ON_SALE}
_FIRST_PAUSE: Final = timedelta(seconds=5)
_LONGEST_PAUSE: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class VenueDraft:
    name: str
    city: str
    capacity: int


@dataclass(frozen=True, kw_only=True)
class Venue(VenueDraft):
    venue_id: int
    created_at: datetime


@dataclass(frozen=True)
class RefundPolicy:
    """What customers get back who give tickets up: all of it until so many hours before the event,
    then so many percent.
    """

    full_until_hours: int
    then_percent: int


@dataclass(frozen=True)
class EventDraft:
    """What an organizer says of an event. The base price is the default for seats without one;
    without a refund policy everything is given back at any time.
    """

    venue_id: int
    title: str
    event_type: str
    event_date: datetime
    base_price_cents: int
    currency: str
    status: EventStatus
    refund_policy: RefundPolicy | None = None


@dataclass(frozen=True, kw_only=True)
class Event(EventDraft):
    """`version` grows by one at each change, so that whoever hears of two knows the newer."""

    event_id: int
    venue_name: str
    city: str
    organizer_id: int
    version: int
    created_at: datetime


class CancellationStatus(StrEnum):
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True)
class Pass:
    """What one pass over the orders of a cancelled event found; `open` ones want another pass."""

    number: int
    refunded: int
    voided: int
    open: int


@dataclass(frozen=True)
class Cancellation:
    """Of one event. `run` counts the executions that carry it out, one after the other.

    `last_pass` has the number 0 before anybody has looked.
    """

    event_id: int
    organizer_id: int
    event_version: int
    reason: str | None
    started_at: datetime
    finished_at: datetime | None
    run: int
    run_started_at: datetime
    last_pass: Pass

    @property
    def status(self) -> CancellationStatus:
        is_open = self.finished_at is None
        return CancellationStatus.CANCELLING if is_open else CancellationStatus.CANCELLED


class VenueHasEvents(Conflict):
    title = "The venue has events"


class InvalidStatusChange(Conflict):
    title = "An event can't change to this status from the one it has"


class EventCancelled(Conflict):
    title = "The event is cancelled"


class CurrencyFixed(Conflict):
    title = "The currency is fixed once sales have begun"


def check_draft(draft: EventDraft, now: datetime, *, by_admin: bool) -> None:
    """An ADMIN may write down the past: events that were, sold out or cancelled. Others plan.

    Raises ValidationFailed.
    """
    if by_admin:
        return
    if draft.status not in _OPENING:
        raise ValidationFailed.at("/status", "A new event is SCHEDULED or ON_SALE.")
    _check_date(draft.event_date, now)


def revise(
    event: Event, changes: Mapping[str, Any], now: datetime, *, by_admin: bool
) -> Event | None:
    """The event with these fields of its draft changed, or None when nothing differs.

    Raises EventCancelled, InvalidStatusChange, CurrencyFixed or ValidationFailed.
    """
    revised = replace(event, **changes)
    if revised == event:
        return None
    if event.status is EventStatus.CANCELLED:
        raise EventCancelled("Nothing about a cancelled event changes any more.")
    if revised.status is not event.status:
        _check_transition(event.status, revised.status)
    if revised.currency != event.currency and event.status is not EventStatus.SCHEDULED:
        raise CurrencyFixed(f"The event is {event.status}: its seats are priced already.")
    if revised.event_date != event.event_date and not by_admin:
        _check_date(revised.event_date, now)
    return replace(revised, version=event.version + 1)


def cancelled(event: Event) -> Event:
    """From any status: what was promised is given back."""
    return replace(event, status=EventStatus.CANCELLED, version=event.version + 1)


def pause_after(number: int) -> timedelta:
    """Before the pass after this one. The first refunds take seconds, a provider's fault hours."""
    return min(_FIRST_PAUSE * (1 << min(number - 1, 10)), _LONGEST_PAUSE)


def _check_transition(status: EventStatus, wanted: EventStatus) -> None:
    if wanted is EventStatus.CANCELLED:
        raise InvalidStatusChange(
            "Cancelling an event refunds its paid orders, so it is a call of its own, not a status."
        )
    if wanted not in _NEXT[status]:
        allowed = " or ".join(sorted(_NEXT[status]))
        raise InvalidStatusChange(f"From {status} an event can only become {allowed}.")


def _check_date(event_date: datetime, now: datetime) -> None:
    if event_date <= now:
        raise ValidationFailed.at("/eventDate", "The date of an event lies ahead.")
