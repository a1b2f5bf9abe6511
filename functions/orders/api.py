"""The orders API: orders, the box office, tickets and the gate."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query

from functions.orders.domain import OrderStatus
from functions.orders.neighbours import Catalog, Payments, Seating
from functions.orders.order_lists import OrderLists, Position
from functions.orders.orders import Orders
from functions.orders.placing import OrderDesk
from functions.orders.problems import (
    ActiveReservationExists,
    EventCancelled,
    EventNotOnSale,
    OrderFailed,
    PaymentCaptured,
    PaymentInProgress,
    RefundInProgress,
    RefundNotOffered,
    ReservationExpired,
    ReservationOrdered,
    ReservationReleased,
    SeatsJustHeld,
    SeatsUnavailable,
    TicketForAnotherEvent,
    TicketLimitReached,
    TicketNotGenuine,
    TicketUsed,
    TicketVoid,
    TooManyHolds,
)
from functions.orders.requests import (
    MAX_WAIT_SECONDS,
    AllocateSeats,
    ListOrders,
    PlaceOrder,
    VerifyTicket,
    wait_seconds,
)
from functions.orders.sagas import Sagas
from functions.orders.settings import OrdersApiSettings
from functions.orders.store import Store
from functions.orders.ticket_codes import TicketSigner
from functions.orders.tickets import Tickets
from functions.orders.views import HealthView, OrderListView, OrderView, TicketListView, TicketView
from functions.shared import aws
from functions.shared.api import Access, Api
from functions.shared.dynamodb import Table
from functions.shared.idempotency import check_key
from functions.shared.pagination import decode_position
from functions.shared.problems import (
    Forbidden,
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
    NotFound,
    ServiceUnavailable,
)
from functions.shared.secret_values import read_secret
from functions.shared.tokens import TokenSettings, TokenVerifier, fetch_public_keys


class Settings(OrdersApiSettings, TokenSettings):
    pass


settings = Settings.from_environment()
kms = aws.kms()
secrets = aws.secrets()
functions = aws.functions()
table = Table(aws.dynamodb(), settings.table_name)
store = Store(table)
seating = Seating(functions, settings.seating_tasks_function)
payments = Payments(functions, settings.payments_tasks_function)
catalog = Catalog(functions, settings.catalog_tasks_function)
sagas = Sagas(
    aws.step_functions(), settings.booking_state_machine_arn, settings.refund_state_machine_arn
)
signer = TicketSigner(lambda: read_secret(secrets, settings.ticket_secret_arn))
desk = OrderDesk(store, seating, catalog, sagas, settings.payment_window)
orders = Orders(store, OrderLists(table), payments, sagas)
tickets = Tickets(store, signer)
tokens = TokenVerifier(settings.token_issuer, lambda: fetch_public_keys(kms, settings.kms_key_ids))
api = Api("orders", tokens)

OrderId = Annotated[str, Path(max_length=64)]
TicketId = Annotated[str, Path(max_length=80)]
# What remains of a request's time for reading the order a last time, and for the way back.
_ANSWER_SECONDS = 4
_RESERVATION_REFUSALS = (
    NotFound,
    Forbidden,
    ReservationExpired,
    ReservationReleased,
    ReservationOrdered,
    EventCancelled,
    ServiceUnavailable,
)


def _now() -> datetime:
    """To the millisecond, as it is kept: a first answer and its replay are the same."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _in_time(seconds: float) -> float:
    """So much of a wait as still leaves time to answer; placing the order took some of it."""
    return min(seconds, api.seconds_left() - _ANSWER_SECONDS)


@api.post(
    "/v1/orders",
    Access.SIGNED_IN,
    status=HTTPStatus.CREATED,
    raises=(
        *_RESERVATION_REFUSALS,
        IdempotencyKeyRequired,
        IdempotencyKeyReused,
        SeatsUnavailable,
        EventNotOnSale,
        ActiveReservationExists,
        TicketLimitReached,
        TooManyHolds,
        SeatsJustHeld,
    ),
)
def place_order(
    request: PlaceOrder,
    key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
    prefer: Annotated[str | None, Header(alias="Prefer")] = None,
) -> Response[OrderView]:
    """Order a reservation, or seats of an event; `Prefer: wait=N` waits for the booking.

    The same key and body answer the same again, with `Idempotency-Replayed: true`; with
    `Prefer: wait=N` the order as it has become.
    """
    wish = request.wish()
    placed = desk.place(wish, api.principal(), check_key(key), _now())
    seconds = _in_time(wait_seconds(prefer))
    if seconds > 0:
        is_paying = wish.method is not None
        view = OrderView.of(*orders.await_decision(placed.order, seconds, is_paying=is_paying))
    else:
        view = OrderView.of(placed.order.as_placed(), None)
    headers = {"Location": f"/v1/orders/{view.order_id}"}
    if placed.is_replay:
        headers["Idempotency-Replayed"] = "true"
    return Response(HTTPStatus.CREATED, "application/json", view, headers)


@api.post(
    "/v1/seats/allocate",
    Access.ORGANIZER,
    raises=(*_RESERVATION_REFUSALS, OrderFailed),
)
def allocate_seats(request: AllocateSeats) -> OrderView:
    """Sell a reservation at the box office, and wait until it is sold."""
    placed = desk.place_at_box_office(request.wish(), api.principal(), _now())
    shown = orders.await_decision(placed.order, _in_time(MAX_WAIT_SECONDS), is_paying=False)
    order = shown.order
    if order.status is OrderStatus.PENDING:
        raise ServiceUnavailable.retry_after(2, "It is still being booked; ask again.")
    if order.status is not OrderStatus.CONFIRMED:
        raise OrderFailed(f"The order is {order.status}.", reason=order.reason)
    return OrderView.of(*shown)


@api.get("/v1/orders", Access.SIGNED_IN, raises=(Forbidden, ServiceUnavailable))
def list_orders(query: Annotated[ListOrders, Query()]) -> OrderListView:
    """One's own orders, newest first; anybody's for an administrator."""
    after = decode_position(query.cursor, Position)
    return OrderListView.of(*orders.list(query.wanted(), after, query.limit, api.principal()))


@api.get("/v1/orders/<order_id>", Access.SIGNED_IN, raises=(NotFound, ServiceUnavailable))
def read_order(order_id: OrderId) -> OrderView:
    """One's own order, with its payment."""
    return OrderView.of(*orders.read(order_id, api.principal()))


@api.get("/v1/orders/<order_id>/tickets", Access.SIGNED_IN, raises=(NotFound, ServiceUnavailable))
def list_tickets(order_id: OrderId) -> TicketListView:
    """The tickets of one's own order, with the codes that a gate reads."""
    order = orders.find(order_id, api.principal())
    issued = store.tickets_of(order.order_id)
    return TicketListView(items=[TicketView.of(each, tickets.code_of(each)) for each in issued])


@api.post(
    "/v1/orders/<order_id>/cancel",
    Access.SIGNED_IN,
    status=HTTPStatus.ACCEPTED,
    raises=(
        NotFound,
        PaymentCaptured,
        PaymentInProgress,
        TicketUsed,
        RefundInProgress,
        RefundNotOffered,
        ServiceUnavailable,
    ),
)
def cancel_order(order_id: OrderId) -> OrderView:
    """Give up one's own order: if pending its seats go free, if confirmed it is refunded.

    A customer gets back what the order's `refundPolicy` says; its organizer gives all of it back.
    """
    return OrderView.of(*orders.show(orders.cancel(order_id, api.principal(), _now())))


@api.get("/v1/tickets/<ticket_id>", Access.SIGNED_IN, raises=(NotFound, ServiceUnavailable))
def read_ticket(ticket_id: TicketId) -> TicketView:
    """One's own ticket."""
    ticket = tickets.read(ticket_id, api.principal())
    return TicketView.of(ticket, tickets.code_of(ticket))


@api.get(
    "/v1/tickets/<ticket_id>/qr.svg",
    Access.SIGNED_IN,
    raises=(NotFound, ServiceUnavailable),
    media=("image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg"></svg>'),
)
def draw_ticket(ticket_id: TicketId) -> Response[str]:
    """The code of one's own ticket as a QR."""
    drawn = tickets.qr_of(tickets.read(ticket_id, api.principal()))
    return Response(HTTPStatus.OK, "image/svg+xml", drawn)


@api.post(
    "/v1/tickets/verify",
    Access.ORGANIZER,
    raises=(
        NotFound,
        TicketNotGenuine,
        TicketForAnotherEvent,
        TicketUsed,
        TicketVoid,
        ServiceUnavailable,
    ),
)
def verify_ticket(request: VerifyTicket) -> TicketView:
    """Admit the bearer of a ticket to an event, once."""
    ticket = tickets.admit(request.code, request.event_id, api.principal(), _now())
    return TicketView.of(ticket, tickets.code_of(ticket))


@api.get("/health/orders", Access.PUBLIC, raises=(ServiceUnavailable,))
def read_orders_health() -> HealthView:
    """Whether orders can read its table."""
    store.check()
    return HealthView(status="ok")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return api.handler(event, context)
