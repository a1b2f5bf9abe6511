"""Seating over HTTP: seat maps, availability, reservations, house seats and the report."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import uuid4

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header, Query

from functions.seating import blocks, listing, maps, releases, report, reservations, seats
from functions.seating.availability import AvailabilityReader
from functions.seating.availability_views import AvailabilityAnswers, AvailabilityView
from functions.seating.catalog import Catalog
from functions.seating.domain import SeatStatus
from functions.seating.drafts import build_sections
from functions.seating.pretix_plan import read_plan
from functions.seating.problems import (
    ActiveReservationExists,
    EventNotOnSale,
    ReservationCompleted,
    ReservationInPayment,
    SeatMapFixed,
    SeatMapMissing,
    SeatsJustHeld,
    SeatsNotBlocked,
    SeatsUnavailable,
    TicketLimitReached,
    TooManyHolds,
)
from functions.seating.refusals import Refusals
from functions.seating.report_views import ReportView
from functions.seating.requests import (
    BlockSeats,
    ListSeats,
    OfEvent,
    OfSection,
    PutSeatMap,
    ReleaseReservation,
    ReserveSeats,
)
from functions.seating.sale_states import read_own_state
from functions.seating.settings import ApiSettings
from functions.seating.store.store import Store
from functions.seating.views import (
    BlockedView,
    HealthView,
    ReservationStateView,
    ReservationView,
    SeatListView,
    SeatMapView,
    SeatView,
    seat_views,
)
from functions.seating.wishes import Wish
from functions.shared import aws
from functions.shared.answers import encoded
from functions.shared.api import Access, Api, OpaqueId, PathId
from functions.shared.etags import is_known
from functions.shared.idempotency import check_optional_key, derived_id
from functions.shared.pagination import decode_cursor, encode_cursor
from functions.shared.problems import (
    Conflict,
    Forbidden,
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
    NotFound,
    ServiceUnavailable,
)
from functions.shared.tokens import TokenVerifier, fetch_public_keys

MAX_SEAT_MAP_BYTES = 5 * 1024 * 1024

settings = ApiSettings.from_environment()
store = Store(aws.dynamodb(), settings.table_name)
catalog = Catalog(aws.functions(), settings.catalog_tasks_function)
reader = AvailabilityReader(store)
answers = AvailabilityAnswers(reader)
refusals = Refusals()
kms = aws.kms()
api = Api(
    "seating",
    TokenVerifier(
        settings.token_issuer, lambda: fetch_public_keys(kms, settings.token_key_ids.split(","))
    ),
)


@api.put(
    "/v1/events/<event_id>/seats",
    Access.ORGANIZER,
    raises=(NotFound, SeatMapFixed, Conflict, ServiceUnavailable),
    max_body_bytes=MAX_SEAT_MAP_BYTES,
)
def put_seat_map(event_id: PathId, request: PutSeatMap) -> SeatMapView:
    """Set the event's seats; replaced only while it is SCHEDULED and no seat is claimed."""
    now = datetime.now(UTC)
    event = catalog.describe_event(event_id)
    maps.check_owner(event, api.principal())
    drafts, warnings = request.drafts(), list[str]()
    if request.plan is not None:
        drafts, warnings = read_plan(request.plan, request.prices_cents)
    sections, repeated = build_sections(drafts, event.base_price_cents)
    published = maps.publish_map(store, event, sections, lambda: uuid4().hex, now)
    return SeatMapView.of(published, [*warnings, *repeated])


@api.get(
    "/v1/seats/report", Access.ORGANIZER, raises=(NotFound, SeatMapMissing, ServiceUnavailable)
)
def read_report(query: Annotated[OfEvent, Query()]) -> ReportView:
    """Seats of an event by section, category and price, and how they sold."""
    state = read_own_state(store, query.event_id, api.principal())
    return ReportView.of(report.read_report(store, state, datetime.now(UTC)))


@api.get(
    "/v1/seats/availability",
    Access.PUBLIC,
    also=(HTTPStatus.NOT_MODIFIED,),
    raises=(NotFound, SeatMapMissing, ServiceUnavailable),
)
def read_availability(
    query: Annotated[OfSection, Query()],
    if_none_match: Annotated[str | None, Header(alias="If-None-Match")] = None,
) -> Response[AvailabilityView]:
    """How many seats are free, by section, and which; at most a second old.

    Above 2,000 seats `availableSeatsList` is null unless a section is asked for.
    """
    answer = answers.answer(query.event_id, query.section, datetime.now(UTC))
    # The edge leaves the body of a 304 out.
    known = is_known(answer.etag, if_none_match)
    status = HTTPStatus.NOT_MODIFIED if known else HTTPStatus.OK
    headers = {"ETag": answer.etag, "Cache-Control": "no-cache"}
    return encoded(status, answer.body, headers)


@api.get("/v1/seats", Access.PUBLIC, raises=(NotFound, SeatMapMissing, ServiceUnavailable))
def list_seats(query: Annotated[ListSeats, Query()]) -> SeatListView:
    """The seats of an event in plan order."""
    state, page = listing.list_seats(
        reader,
        query.event_id,
        query.section,
        query.status,
        decode_cursor(query.cursor),
        query.limit,
        datetime.now(UTC),
    )
    return SeatListView(
        items=seat_views(page.seats, state.event_id, state.currency or ""),
        next_cursor=encode_cursor(page.next_position),
    )


@api.post(
    "/v1/seats/reserve",
    Access.SIGNED_IN,
    status=HTTPStatus.CREATED,
    raises=(
        NotFound,
        Forbidden,
        EventNotOnSale,
        SeatsUnavailable,
        ActiveReservationExists,
        TicketLimitReached,
        TooManyHolds,
        SeatsJustHeld,
        IdempotencyKeyRequired,
        IdempotencyKeyReused,
        SeatMapMissing,
        ServiceUnavailable,
    ),
)
def reserve_seats(
    request: ReserveSeats,
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> Response[ReservationView]:
    """Hold seats for a while: the ones named, or `quantity` of the best that are free.

    Every seat or none. One active reservation and ten tickets per user and event. An unknown
    seat is a 422 that names it. Who held seats ten times within ten minutes without buying any, or
    takes those again that their own hold has just run out on, is told when to come back. Seats that
    somebody gives back may be offered as best available a second later, refunded ones five.
    """
    caller = api.principal()
    key = check_optional_key(idempotency_key)
    reserved = reservations.reserve(
        store,
        Wish(
            request.event_id,
            tuple(request.seat_ids or ()),
            request.quantity or 0,
            request.section,
            request.category,
        ),
        request.user_id or caller.user_id,
        str(uuid4()) if key is None else derived_id("reserve", caller.user_id, key),
        datetime.now(UTC),
        settings.hold_terms,
        refusals,
        caller=caller,
    )
    return Response(
        HTTPStatus.CREATED,
        "application/json",
        ReservationView.of(reserved.reservation),
        headers={"Idempotency-Replayed": "true"} if reserved.replayed else {},
    )


@api.get(
    "/v1/seats/reservations/<reservation_id>",
    Access.SIGNED_IN,
    raises=(NotFound, ServiceUnavailable),
)
def read_reservation(reservation_id: OpaqueId) -> ReservationStateView:
    """A reservation of the caller's as it is now."""
    found = reservations.read_reservation(store, reservation_id, caller=api.principal())
    return ReservationStateView.at(found, datetime.now(UTC))


@api.post(
    "/v1/seats/release",
    Access.SIGNED_IN,
    status=HTTPStatus.NO_CONTENT,
    raises=(NotFound, ReservationInPayment, ReservationCompleted, ServiceUnavailable),
)
def release_reservation(request: ReleaseReservation) -> Response[None]:
    """Give a reservation's seats back; also when it is released or expired already."""
    found = reservations.read_reservation(store, request.reservation_id, caller=api.principal())
    releases.release(store, found, None, datetime.now(UTC))
    return Response(HTTPStatus.NO_CONTENT, "application/json", None)


@api.post(
    "/v1/seats/block",
    Access.ORGANIZER,
    raises=(NotFound, SeatsUnavailable, Conflict, SeatMapMissing, ServiceUnavailable),
)
def block_seats(request: BlockSeats) -> BlockedView:
    """Keep free seats off sale. Every seat or none."""
    state = read_own_state(store, request.event_id, api.principal())
    blocks.block(store, state, request.seat_ids, datetime.now(UTC))
    return BlockedView(
        event_id=state.event_id, seat_ids=request.seat_ids, status=SeatStatus.BLOCKED
    )


@api.post(
    "/v1/seats/unblock",
    Access.ORGANIZER,
    raises=(NotFound, SeatsNotBlocked, SeatMapMissing, ServiceUnavailable),
)
def unblock_seats(request: BlockSeats) -> BlockedView:
    """Put blocked seats on sale again. Every seat or none."""
    state = read_own_state(store, request.event_id, api.principal())
    blocks.unblock(store, state, request.seat_ids)
    return BlockedView(
        event_id=state.event_id, seat_ids=request.seat_ids, status=SeatStatus.AVAILABLE
    )


@api.get(
    "/v1/seats/<seat_id>", Access.PUBLIC, raises=(NotFound, SeatMapMissing, ServiceUnavailable)
)
def read_seat(seat_id: PathId, query: Annotated[OfEvent, Query()]) -> SeatView:
    """One seat as it is right now."""
    state, found = seats.read_seat(store, query.event_id, seat_id, datetime.now(UTC))
    return SeatView.of(found.seat, state.event_id, state.currency or "", found.status)


@api.get("/health/seating", Access.PUBLIC, raises=(ServiceUnavailable,))
def read_seating_health() -> HealthView:
    """Whether the seating table can be read."""
    store.check()
    return HealthView(status="ok")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return api.handler(event, context)
