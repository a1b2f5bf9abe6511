"""The catalog API: venues, and the events in them."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.catalog import programme, venues
from functions.catalog.announcements import Announcer
from functions.catalog.cancellation_machine import CancellationMachine
from functions.catalog.cancellations import Cancellations
from functions.catalog.contract import (
    CancelEvent,
    CancellationView,
    ChangeEvent,
    CreateEvent,
    EventListView,
    EventPosition,
    EventView,
    HealthView,
    ListPage,
    SearchEvents,
    VenueListView,
    VenuePosition,
    VenueView,
    WriteVenue,
)
from functions.catalog.domain import (
    CurrencyFixed,
    EventCancelled,
    InvalidStatusChange,
    VenueHasEvents,
)
from functions.catalog.store import Search
from functions.shared import aws
from functions.shared.api import Access, Api, PathId
from functions.shared.pagination import decode_position, encode_cursor
from functions.shared.postgres import DatabaseSettings, check_health, create_pool
from functions.shared.problems import NotFound, ServiceUnavailable
from functions.shared.tokens import TokenSettings, TokenVerifier, fetch_public_keys


class Settings(DatabaseSettings, TokenSettings):
    event_bus_name: str
    seating_tasks_function: str
    event_cancellation_state_machine_arn: str


settings = Settings.from_environment()
engine = create_pool(settings.url)
kms = aws.kms()
tokens = TokenVerifier(settings.token_issuer, lambda: fetch_public_keys(kms, settings.kms_key_ids))
# An organizer waits meanwhile, so both are tried once and briefly. What the bus does not take at
# once the outbox keeps for the next relay, and the domain event reaches seating too.
announcer = Announcer(
    engine,
    aws.eventbridge(read_timeout_seconds=3, attempts=1),
    settings.event_bus_name,
    aws.functions(read_timeout_seconds=3, attempts=1),
    settings.seating_tasks_function,
)
cancellations = Cancellations(
    engine,
    CancellationMachine(aws.step_functions(), settings.event_cancellation_state_machine_arn),
)
api = Api("catalog", tokens)


@api.get("/v1/venues", Access.PUBLIC, raises=(ServiceUnavailable,))
def list_venues(query: Annotated[ListPage, Query()]) -> VenueListView:
    """Venues by id."""
    position = decode_position(query.cursor, VenuePosition)
    after = position.venue_id if position else 0
    page, next_after = venues.list_venues(engine, after, query.limit)
    following = None if next_after is None else {"venueId": next_after}
    return VenueListView(
        items=[VenueView.of(venue) for venue in page], next_cursor=encode_cursor(following)
    )


@api.get("/v1/venues/<venue_id>", Access.PUBLIC, raises=(NotFound, ServiceUnavailable))
def read_venue(venue_id: PathId) -> VenueView:
    """One venue."""
    return VenueView.of(venues.read_venue(engine, venue_id))


@api.post("/v1/venues", Access.ORGANIZER, status=HTTPStatus.CREATED, raises=(ServiceUnavailable,))
def create_venue(request: WriteVenue) -> VenueView:
    """Add a venue, for all organizers to use."""
    return VenueView.of(venues.create_venue(engine, request.draft(), datetime.now(UTC)))


@api.put("/v1/venues/<venue_id>", Access.ORGANIZER, raises=(NotFound, ServiceUnavailable))
def replace_venue(venue_id: PathId, request: WriteVenue) -> VenueView:
    """Replace what is known of a venue."""
    return VenueView.of(venues.replace_venue(engine, venue_id, request.draft()))


@api.delete(
    "/v1/venues/<venue_id>",
    Access.ORGANIZER,
    status=HTTPStatus.NO_CONTENT,
    raises=(NotFound, VenueHasEvents, ServiceUnavailable),
)
def delete_venue(venue_id: PathId) -> None:
    """Remove a venue that has no events."""
    venues.delete_venue(engine, venue_id)


@api.get("/v1/events", Access.PUBLIC, raises=(ServiceUnavailable,))
def list_events(query: Annotated[ListPage, Query()]) -> EventListView:
    """All events in order of date."""
    return _page(Search(), query)


@api.get("/v1/events/search", Access.PUBLIC, raises=(ServiceUnavailable,))
def search_events(query: Annotated[SearchEvents, Query()]) -> EventListView:
    """Events in order of date, by city, type, status, words and dates.

    `city`, `event_type` and `q` (of title or venue) are parts of a text, in any case; `from` is
    the first moment looked at, `to` the first no longer.
    """
    return _page(query.search(), query)


@api.get("/v1/events/<event_id>", Access.PUBLIC, raises=(NotFound, ServiceUnavailable))
def read_event(event_id: PathId) -> EventView:
    """One event."""
    return EventView.of(programme.read_event(engine, event_id))


@api.post("/v1/events", Access.ORGANIZER, status=HTTPStatus.CREATED, raises=(ServiceUnavailable,))
def create_event(request: CreateEvent) -> EventView:
    """Create an event; the caller is its organizer."""
    event = programme.create_event(engine, request.draft(), api.principal(), datetime.now(UTC))
    return EventView.of(event)


@api.patch(
    "/v1/events/<event_id>",
    Access.ORGANIZER,
    raises=(NotFound, InvalidStatusChange, EventCancelled, CurrencyFixed, ServiceUnavailable),
)
def change_event(event_id: PathId, request: ChangeEvent) -> EventView:
    """Change what is sent of an event of one's own."""
    changed = programme.change_event(
        engine, announcer, event_id, api.principal(), request.changes(), datetime.now(UTC)
    )
    return EventView.of(changed)


@api.post(
    "/v1/events/<event_id>/cancel",
    Access.ORGANIZER,
    status=HTTPStatus.ACCEPTED,
    raises=(NotFound, ServiceUnavailable),
)
def cancel_event(event_id: PathId, request: CancelEvent | None = None) -> CancellationView:
    """Cancel an event of one's own: sales close at once, and every paid order is refunded."""
    reason = None if request is None else request.reason
    begun = cancellations.cancel(announcer, event_id, api.principal(), reason, datetime.now(UTC))
    return CancellationView.of(begun)


@api.get(
    "/v1/events/<event_id>/cancellation",
    Access.ORGANIZER,
    raises=(NotFound, ServiceUnavailable),
)
def read_cancellation(event_id: PathId) -> CancellationView:
    """How far the cancellation of an event of one's own has come."""
    return CancellationView.of(cancellations.read(event_id, api.principal()))


@api.get("/health/catalog", Access.PUBLIC, raises=(ServiceUnavailable,))
def read_catalog_health() -> HealthView:
    """Whether the catalog database answers."""
    check_health(engine)
    return HealthView(status="ok")


def _page(search: Search, query: ListPage) -> EventListView:
    position = decode_position(query.cursor, EventPosition)
    after = position.position() if position else None
    page, following = programme.search_events(engine, search, after, query.limit)
    return EventListView(
        items=[EventView.of(event) for event in page],
        next_cursor=encode_cursor(EventPosition.of(following)),
    )


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return api.handler(event, context)
