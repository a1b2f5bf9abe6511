"""Orders and tickets as clients and other domains get them (API.md, "Orders")."""

from collections.abc import Sequence
from typing import Any, Literal, Self

from pydantic import BaseModel

from functions.orders.domain import Order, OrderStatus, PaymentState, Ticket
from functions.shared.models import Cents, Currency, Id, Instant, View
from functions.shared.pagination import encode_cursor


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


class PromisedRefundPolicyView(View):
    """All of it back before `fullUntil`, then so many percent."""

    full_until: Instant
    then_percent: int


class OrderView(View):
    """`tickets` are issued when it is confirmed; `payment` is null until there is one.

    `refundedCents` were given back by refunds that are done. `refundPolicy` is the event's as it
    was when the order was placed, for refunds that its customer asks for; null: all, at any time.

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
    refunded_cents: Cents
    refund_policy: PromisedRefundPolicyView | None
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
                "refund_policy": order.refund_policy and order.refund_policy._asdict(),
                "tickets": [
                    TicketReference(ticket_id=ticket_id, seat_id=line.seat_id)
                    for ticket_id, line in zip(ticket_ids, lines, strict=bool(ticket_ids))
                ],
            }
        )


class OrderListView(View):
    items: list[OrderView]
    next_cursor: str | None

    @classmethod
    def of(cls, orders: Sequence[Order], end: BaseModel | None) -> Self:
        return cls(
            items=[OrderView.of(order, order.payment) for order in orders],
            next_cursor=encode_cursor(None if end is None else end.model_dump()),
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


def order_answer(order: Order) -> dict[str, Any]:
    """An order as other domains get it from the task `read_order`."""
    view = OrderView.of(order, order.payment).model_dump(mode="json", by_alias=True)
    return {**view, "organizerId": order.organizer_id}
