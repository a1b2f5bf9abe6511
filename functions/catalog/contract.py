"""What clients of the catalog API send and get (API.md, "Catalog")."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import Field, ValidationInfo, field_validator

from functions.catalog.domain import (
    Cancellation,
    CancellationStatus,
    Event,
    EventDraft,
    EventStatus,
    RefundPolicy,
    Venue,
    VenueDraft,
)
from functions.catalog.store import Position, Search
from functions.shared.models import (
    Cents,
    Currency,
    Cursor,
    Id,
    Instant,
    Integer,
    Limit,
    Line,
    Moment,
    NeverNull,
    Request,
    View,
)

Name = Annotated[Line, Field(min_length=1, max_length=200)]
City = Annotated[Line, Field(min_length=1, max_length=100)]
Reason = Annotated[Line, Field(min_length=1, max_length=500)]
EventType = Annotated[Line, Field(min_length=1, max_length=50)]
Capacity = Annotated[Integer, Field(ge=1, le=1_000_000)]
# Away from the ends of the calendar, where a time zone leads out of it.
EventDate = Annotated[
    Moment,
    Field(ge=datetime(1900, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC)),
]
_HOURS_OF_A_YEAR = 366 * 24
Part = Annotated[Line, Field(min_length=1, max_length=100)]


class WriteVenue(Request):
    name: Name
    city: City
    capacity: Capacity

    def draft(self) -> VenueDraft:
        return VenueDraft(**self.model_dump())


class WriteRefundPolicy(Request):
    """For refunds that customers ask for; null is all of it, at any time."""

    full_until_hours: Annotated[Integer, Field(ge=0, le=_HOURS_OF_A_YEAR)]
    then_percent: Annotated[Integer, Field(ge=0, le=100)]

    def policy(self) -> RefundPolicy:
        return RefundPolicy(**self.model_dump())


class CreateEvent(Request):
    venue_id: Id
    title: Name
    event_type: EventType
    event_date: EventDate
    base_price_cents: Cents
    currency: Currency = "INR"
    status: EventStatus = EventStatus.SCHEDULED
    refund_policy: WriteRefundPolicy | None = None

    def draft(self) -> EventDraft:
        policy = self.refund_policy and self.refund_policy.policy()
        return EventDraft(**self.model_dump() | {"refund_policy": policy})


class ChangeEvent(Request):
    """Only what is sent changes. Orders keep the refund policy that they were placed with."""

    venue_id: Annotated[Id | None, NeverNull()] = None
    title: Annotated[Name | None, NeverNull()] = None
    event_type: Annotated[EventType | None, NeverNull()] = None
    event_date: Annotated[EventDate | None, NeverNull()] = None
    base_price_cents: Annotated[Cents | None, NeverNull()] = None
    currency: Annotated[Currency | None, NeverNull()] = None
    status: Annotated[EventStatus | None, NeverNull()] = None
    refund_policy: WriteRefundPolicy | None = None

    @field_validator("*")
    @classmethod
    def never_empty(cls, value: object, field: ValidationInfo) -> object:
        if value is None and field.field_name != "refund_policy":
            raise ValueError("This can be changed, not removed.")
        return value

    def changes(self) -> dict[str, Any]:
        changes = self.model_dump(exclude_unset=True)
        if self.refund_policy is not None:
            changes["refund_policy"] = self.refund_policy.policy()
        return changes


class CancelEvent(Request):
    """`reason` is for people; the first one that was given stays."""

    reason: Reason | None = None


class ListPage(Request):
    limit: Limit = 50
    cursor: Cursor = None


class SearchEvents(ListPage):
    city: Part | None = None
    event_type: Part | None = None
    status: EventStatus | None = None
    q: Part | None = None
    date_from: Annotated[EventDate | None, Field(alias="from")] = None
    date_to: Annotated[EventDate | None, Field(alias="to")] = None

    def search(self) -> Search:
        return Search(self.city, self.event_type, self.status, self.q, self.date_from, self.date_to)


class VenuePosition(Request):
    venue_id: Id


class EventPosition(Request):
    event_date: EventDate
    event_id: Id

    @classmethod
    def of(cls, position: Position | None) -> dict[str, Any] | None:
        if position is None:
            return None
        return cls(**position._asdict()).model_dump(mode="json", by_alias=True)

    def position(self) -> Position:
        return Position(self.event_date, self.event_id)


class VenueView(View):
    venue_id: int
    name: str
    city: str
    capacity: int
    created_at: Instant

    @classmethod
    def of(cls, venue: Venue) -> Self:
        return cls.model_validate(asdict(venue))


class VenueListView(View):
    items: list[VenueView]
    next_cursor: str | None


class RefundPolicyView(View):
    full_until_hours: int
    then_percent: int


class EventView(View):
    """`refundPolicy` null: customers who give tickets up get everything back, at any time."""

    event_id: int
    venue_id: int
    venue_name: str
    city: str
    title: str
    event_type: str
    event_date: Instant
    base_price_cents: int
    currency: str
    status: EventStatus
    refund_policy: RefundPolicyView | None
    organizer_id: int
    created_at: Instant

    @classmethod
    def of(cls, event: Event) -> Self:
        return cls.model_validate(asdict(event))


class EventListView(View):
    items: list[EventView]
    next_cursor: str | None


class CancelledOrdersView(View):
    """As the last pass found them. Open ones are still being voided or refunded."""

    total: int
    refunded: int
    voided: int
    open: int


class CancellationView(View):
    """How far the cancellation of an event has come; `passes` is 0 before any order was seen."""

    event_id: int
    status: CancellationStatus
    started_at: Instant
    finished_at: Instant | None
    passes: int
    orders: CancelledOrdersView
    reason: str | None

    @classmethod
    def of(cls, cancellation: Cancellation) -> Self:
        last = cancellation.last_pass
        return cls(
            event_id=cancellation.event_id,
            status=cancellation.status,
            started_at=cancellation.started_at,
            finished_at=cancellation.finished_at,
            passes=last.number,
            orders=CancelledOrdersView(
                total=last.refunded + last.voided + last.open,
                refunded=last.refunded,
                voided=last.voided,
                open=last.open,
            ),
            reason=cancellation.reason,
        )


class HealthView(View):
    status: str
