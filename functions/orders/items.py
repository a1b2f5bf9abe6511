"""How orders and tickets are kept as items of the table `orders`.

An order and its tickets share a partition, so that one transaction's writes are near and a ticket's
id leads to it. Items stay under 1 KB, a write unit, with ten seats: lines are lists, not maps.

    PK                    SK             what
    ORDER#<order>         ORDER          the order; byUser, byEvent, and open while it is PENDING
                                         or being refunded
    ORDER#<order>         TICKET#<seat>  a ticket
    ORDER#<order>         REFUND#<id>    a refund: what it voided, and what it gives back for it
    RESERVATION#<reserv.> ORDER          which order has this reservation: at most one, ever
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from functions.orders.domain import (
    Amounts,
    Line,
    Order,
    OrderStatus,
    PaymentState,
    Ticket,
    TicketStatus,
)
from functions.orders.refund_terms import Refund, RefundPolicy, RefundStatus

Item = Mapping[str, Any]


def order_key(order_id: str) -> dict[str, str]:
    return {"PK": f"ORDER#{order_id}", "SK": "ORDER"}


def ticket_key(order_id: str, seat_id: int) -> dict[str, str]:
    return {"PK": f"ORDER#{order_id}", "SK": f"TICKET#{seat_id}"}


def refund_key(order_id: str, refund_id: str) -> dict[str, str]:
    return {"PK": f"ORDER#{order_id}", "SK": f"REFUND#{refund_id}"}


def reservation_key(reservation_id: str) -> dict[str, str]:
    return {"PK": f"RESERVATION#{reservation_id}", "SK": "ORDER"}


def by_user(user_id: int) -> str:
    return f"USER#{user_id}"


def by_event(event_id: int) -> str:
    return f"EVENT#{event_id}"


def placed_key(order: Order) -> str:
    """Where an order is in its user's and its event's list: by time, and by id within it."""
    return f"{text_of(order.created_at)}#{order.order_id}"


# An on-sale rush opens more orders a second than one partition of an index takes.
OPEN_PARTITIONS: Final = tuple(f"OPEN#{digit}" for digit in "0123456789abcdef")


def open_keys(order_id: str, due_at: datetime) -> dict[str, str]:
    """Where the reconciler looks for an order that should be decided by then."""
    return {"GSI3PK": f"OPEN#{order_id[0]}", "GSI3SK": text_of(due_at)}


def text_of(at: datetime) -> str:
    """Milliseconds in UTC, so that texts sort as times do."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def item_of_placed(order: Order) -> dict[str, Any]:
    """The item of a new order, with the keys of every index it is in."""
    return {
        **order_key(order.order_id),
        "userId": order.user_id,
        "eventId": order.event_id,
        "organizerId": order.organizer_id,
        "reservationId": order.reservation_id,
        "status": order.status,
        "lines": [list(line) for line in order.lines],
        "subtotalCents": order.amounts.subtotal_cents,
        "totalCents": order.amounts.total_cents,
        "currency": order.currency,
        "requestHash": order.request_hash,
        "expiresAt": text_of(order.expires_at),
        "createdAt": text_of(order.created_at),
        "updatedAt": text_of(order.updated_at),
        "GSI1PK": by_user(order.user_id),
        "GSI1SK": placed_key(order),
        "GSI2PK": by_event(order.event_id),
        "GSI2SK": placed_key(order),
        **correlation_kept(order.correlation_id),
        **_policy_kept(order.refund_policy),
        **open_keys(order.order_id, order.expires_at),
    }


def correlation_kept(correlation_id: str | None) -> dict[str, str]:
    """For the stream: what goes back to whom is told by the item itself."""
    return {} if correlation_id is None else {"correlationId": correlation_id}


def _policy_kept(policy: RefundPolicy | None) -> dict[str, Any]:
    # In whole seconds and without names, like lines: every order of an event has the same.
    if policy is None:
        return {}
    return {"refundPolicy": [int(policy.full_until.timestamp()), policy.then_percent]}


def _policy_of(kept: Sequence[int] | None) -> RefundPolicy | None:
    if kept is None:
        return None
    return RefundPolicy(datetime.fromtimestamp(kept[0], UTC), kept[1])


def order_of(item: Item) -> Order:
    subtotal_cents, total_cents = item["subtotalCents"], item["totalCents"]
    payment_id = item.get("paymentId")
    return Order(
        order_id=item["PK"].removeprefix("ORDER#"),
        user_id=item["userId"],
        event_id=item["eventId"],
        organizer_id=item["organizerId"],
        reservation_id=item["reservationId"],
        lines=tuple(Line(*line) for line in item["lines"]),
        amounts=Amounts(subtotal_cents, total_cents - subtotal_cents, total_cents),
        currency=item["currency"],
        request_hash=item["requestHash"],
        expires_at=datetime.fromisoformat(item["expiresAt"]),
        created_at=datetime.fromisoformat(item["createdAt"]),
        updated_at=datetime.fromisoformat(item["updatedAt"]),
        status=OrderStatus(item["status"]),
        reason=item.get("reason"),
        payment=PaymentState(payment_id, item["paymentStatus"]) if payment_id else None,
        refund_id=item.get("refundId"),
        is_cancel_requested="cancelRequestedAt" in item,
        refund_policy=_policy_of(item.get("refundPolicy")),
        refunds=item.get("refunds", 0),
        refunded_cents=item.get("refundedCents", 0),
        void_seat_ids=tuple(item.get("voidSeatIds", ())),
        correlation_id=item.get("correlationId"),
    )


def item_of_ticket(ticket: Ticket) -> dict[str, Any]:
    return {
        **ticket_key(ticket.order_id, ticket.line.seat_id),
        "eventId": ticket.event_id,
        "userId": ticket.user_id,
        "organizerId": ticket.organizer_id,
        "line": list(ticket.line),
        "currency": ticket.currency,
        "status": ticket.status,
        "issuedAt": text_of(ticket.issued_at),
    }


def ticket_of(item: Item) -> Ticket:
    used_at = item.get("usedAt")
    return Ticket(
        order_id=item["PK"].removeprefix("ORDER#"),
        event_id=item["eventId"],
        user_id=item["userId"],
        organizer_id=item["organizerId"],
        line=Line(*item["line"]),
        currency=item["currency"],
        issued_at=datetime.fromisoformat(item["issuedAt"]),
        status=TicketStatus(item["status"]),
        used_at=datetime.fromisoformat(used_at) if used_at else None,
        refund_id=item.get("refundId"),
    )


def item_of_refund(refund: Refund) -> dict[str, Any]:
    return {
        **refund_key(refund.order_id, refund.refund_id),
        "seatIds": list(refund.seat_ids),
        "amountCents": refund.amount_cents,
        "isFull": refund.is_full,
        "reason": refund.reason,
        "status": refund.status,
        "openedAt": text_of(refund.opened_at),
    }


def refund_of(item: Item) -> Refund:
    closed_at = item.get("closedAt")
    return Refund(
        refund_id=item["SK"].removeprefix("REFUND#"),
        order_id=item["PK"].removeprefix("ORDER#"),
        seat_ids=tuple(item["seatIds"]),
        amount_cents=item["amountCents"],
        reason=item["reason"],
        opened_at=datetime.fromisoformat(item["openedAt"]),
        is_full=item["isFull"],
        status=RefundStatus(item["status"]),
        closed_at=datetime.fromisoformat(closed_at) if closed_at else None,
    )
