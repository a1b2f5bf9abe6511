"""What clients of the orders API send and get (API.md, "Orders")."""

import re
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AliasChoices, Field, model_validator

from functions.orders.domain import BOX_OFFICE, Order, OrderStatus, PaymentState, Ticket
from functions.orders.order_lists import OrderPage, Wanted
from functions.orders.orders import Shown
from functions.orders.placing import Wish
from functions.orders.ticket_codes import MAX_LENGTH
from functions.shared.idempotency import request_hash
from functions.shared.models import Cents, Currency, Cursor, Id, Instant, Limit, Line, Request, View
from functions.shared.pagination import encode_cursor

MAX_SEATS: Final = 10
MAX_WAIT_SECONDS: Final = 20

OpaqueId = Annotated[Line, Field(min_length=1, max_length=64)]


class PaymentMethod(Request):
    """How it is paid at once: by a provider's token, or in cash at the box office."""

    type: Annotated[str, Field(pattern=r"^[A-Za-z_]{1,32}$")]
    token: Annotated[Line, Field(min_length=1, max_length=255)] | None = None


class PlaceOrder(Request):
    reservation_id: OpaqueId | None = None
    event_id: Id | None = None
    seat_ids: Annotated[
        list[Id] | None,
        Field(
            min_length=1,
            max_length=MAX_SEATS,
            validation_alias=AliasChoices("seatIds", "seats", "seat_ids"),
        ),
    ] = None
    user_id: Id | None = None
    payment_method: PaymentMethod | None = None

    @model_validator(mode="after")
    def one_of_two(self) -> Self:
        by_seats = self.event_id is not None and self.seat_ids is not None
        if self.reservation_id is None and not by_seats:
            raise ValueError("Send a reservationId, or an eventId with seatIds.")
        if self.reservation_id is not None and (self.event_id or self.seat_ids):
            raise ValueError("Send a reservationId or an eventId with seatIds, not both.")
        if len(set(self.seat_ids or [])) != len(self.seat_ids or []):
            raise ValueError("A seat is named once.")
        return self

    def wish(self) -> Wish:
        seat_ids = sorted(self.seat_ids or [])
        body = self.model_dump(mode="json", exclude_none=True)
        return Wish(
            reservation_id=self.reservation_id,
            event_id=self.event_id,
            seat_ids=seat_ids,
            user_id=self.user_id,
            method=body.get("payment_method"),
            # The same seats in another order, or spelled otherwise, are the same request.
            request_hash=request_hash(body | {"seat_ids": seat_ids}),
        )


class AllocateSeats(Request):
    reservation_id: OpaqueId

    def wish(self) -> Wish:
        method = PaymentMethod(type=BOX_OFFICE)
        return PlaceOrder(reservation_id=self.reservation_id, payment_method=method).wish()


class ListOrders(Request):
    status: OrderStatus | None = None
    event_id: Id | None = None
    user_id: Id | None = None
    limit: Limit = 50
    cursor: Cursor = None

    def wanted(self) -> Wanted:
        return Wanted(self.user_id, self.event_id, self.status)


class VerifyTicket(Request):
    code: Annotated[str, Field(min_length=1, max_length=MAX_LENGTH)]
    event_id: Id


class OrderedSeatView(View):
    seat_id: Id
    section: str
    row: str
    seat_number: str
    price_cents: Cents


class OrderPaymentView(View):
    payment_id: str
    status: Literal["PENDING", "SUCCESS", "FAILED", "VOIDED", "PARTIALLY_REFUNDED", "REFUNDED"]

    @classmethod
    def of(cls, payment: PaymentState | None) -> "OrderPaymentView | None":
        return payment and cls.model_validate(payment._asdict())


class TicketReference(View):
    ticket_id: str
    seat_id: Id


class OrderView(View):
    """`tickets` are issued when it is confirmed; `payment` is null until there is one.

    In a list an unsettled order's payment is null: ask for the order itself.
    """

    order_id: str
    user_id: Id
    event_id: Id
    reservation_id: str
    status: OrderStatus
    reason: str | None
    subtotal_cents: Cents
    tax_cents: Cents
    total_cents: Cents
    currency: Currency
    items: list[OrderedSeatView]
    payment: OrderPaymentView | None
    tickets: list[TicketReference]
    expires_at: Instant
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, order: Order, payment: PaymentState | None) -> Self:
        lines, ticket_ids = order.lines, order.ticket_ids
        return cls.model_validate(
            {
                **order._asdict(),
                **order.amounts._asdict(),
                "items": [OrderedSeatView.model_validate(line._asdict()) for line in lines],
                "payment": OrderPaymentView.of(payment),
                "tickets": [
                    TicketReference(ticket_id=ticket_id, seat_id=line.seat_id)
                    for ticket_id, line in zip(ticket_ids, lines, strict=bool(ticket_ids))
                ],
            }
        )

    @classmethod
    def shown(cls, shown: Shown) -> Self:
        return cls.of(shown.order, shown.payment)


class OrderListView(View):
    items: list[OrderView]
    next_cursor: str | None

    @classmethod
    def of(cls, page: OrderPage) -> Self:
        return cls(
            items=[OrderView.of(order, order.payment) for order in page.orders],
            next_cursor=encode_cursor(None if page.end is None else page.end.model_dump()),
        )


class TicketView(View):
    """`code` is what the QR shows and a gate verifies."""

    ticket_id: str
    order_id: str
    event_id: Id
    seat_id: Id
    section: str
    row: str
    seat_number: str
    price_cents: Cents
    currency: Currency
    status: Literal["VALID", "USED", "VOID"]
    code: str
    issued_at: Instant
    used_at: Instant | None

    @classmethod
    def of(cls, ticket: Ticket, code: str) -> Self:
        return cls.model_validate(
            {
                **ticket._asdict(),
                **ticket.line._asdict(),
                "ticket_id": ticket.ticket_id,
                "code": code,
            }
        )


class TicketListView(View):
    items: list[TicketView]


class HealthView(View):
    status: str


def wait_seconds(prefer: str | None) -> int:
    """How long a `Prefer` header (RFC 7240) asks us to wait, at most 20 s; 0 if it does not."""
    preferences = [each.strip().lower() for each in (prefer or "").split(",")]
    for preference in preferences:
        found = re.fullmatch(r'wait\s*=\s*"?(\d{1,9})"?(\s*;.*)?', preference)
        if found:
            return min(int(found[1]), MAX_WAIT_SECONDS)
    return 0


def order_answer(order: Order) -> dict[str, Any]:
    """An order as other domains get it from the task `read_order`."""
    view = OrderView.of(order, order.payment).model_dump(mode="json", by_alias=True)
    return {**view, "organizerId": order.organizer_id}
