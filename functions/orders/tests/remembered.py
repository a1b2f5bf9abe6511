"""The orders' table in memory, for the many ways through the reconciler's table.

It refuses what the real one refuses (`test_store.py` tries that one's conditions).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from functions.orders.domain import (
    REFUNDABLE,
    Closing,
    Order,
    OrderStatus,
    PaymentState,
    Ticket,
    TicketStatus,
    refund_due_at,
)
from functions.orders.refund_terms import Refund, RefundStatus
from functions.orders.store import Store
from functions.shared.dynamodb import Refused


class RememberedStore(Store):
    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        self.tickets: dict[str, list[Ticket]] = {}
        self.refunds: dict[tuple[str, str], Refund] = {}
        self.open_until: dict[str, datetime] = {}
        self.found: dict[str, tuple[str, datetime]] = {}

    def rows(self, order_id: str) -> list[dict[str, Any]]:
        """All there is of an order; its place among the open ones is named as the table does."""
        order: dict[str, Any] = self.orders[order_id]._asdict()
        if order_id in self.open_until:
            order |= {"GSI3PK": "OPEN", "GSI3SK": self.open_until[order_id]}
        found = {"contradiction": self.found.get(order_id)}
        refunds = [each for each in self.refunds.values() if each.order_id == order_id]
        tickets = self.tickets.get(order_id, [])
        return [order | found, *(each._asdict() for each in tickets), *map(Refund._asdict, refunds)]

    def find_order(self, order_id: str) -> Order | None:
        return self.orders.get(order_id)

    def tickets_of(self, order_id: str) -> list[Ticket]:
        return self.tickets.get(order_id, [])

    def place(self, order: Order) -> None:
        self.orders[order.order_id] = order
        self.open_until[order.order_id] = order.expires_at

    def confirm(
        self, order_id: str, payment: PaymentState, tickets: Sequence[Ticket], now: datetime
    ) -> None:
        confirmed = {"status": OrderStatus.CONFIRMED, "payment": payment, "updated_at": now}
        self._move(order_id, OrderStatus.PENDING, **confirmed)
        self.tickets[order_id] = list(tickets)
        del self.open_until[order_id]

    def close(self, order_id: str, closing: Closing, payment: PaymentState, now: datetime) -> None:
        closed = {**closing._asdict(), "payment": payment, "updated_at": now}
        self._move(order_id, OrderStatus.PENDING, **closed)
        del self.open_until[order_id]

    def find_refund(self, order_id: str, refund_id: str) -> Refund | None:
        return self.refunds.get((order_id, refund_id))

    def open_refund(self, order: Order, refund: Refund, *, is_forced: bool) -> None:
        known = self.orders[order.order_id]
        _refuse_unless(known.status in REFUNDABLE and known.refund_id is None)
        _refuse_unless(known.refunds == order.refunds)
        tickets = {each.line.seat_id: each for each in self.tickets[order.order_id]}
        live = (TicketStatus.VALID, TicketStatus.USED) if is_forced else (TicketStatus.VALID,)
        _refuse_unless(all(tickets[seat_id].status in live for seat_id in refund.seat_ids))
        for seat_id in refund.seat_ids:
            tickets[seat_id] = tickets[seat_id]._replace(
                status=TicketStatus.VOID, refund_id=refund.refund_id
            )
        self.tickets[order.order_id] = list(tickets.values())
        self.orders[order.order_id] = known.with_refund(refund, refund.opened_at)
        self.refunds[order.order_id, refund.refund_id] = refund
        self.open_until[order.order_id] = refund_due_at(refund.opened_at)

    def close_refund(self, order: Order, refund: Refund, now: datetime) -> None:
        known = self.orders[order.order_id]
        _refuse_unless(known.refund_id == refund.refund_id)
        self.orders[order.order_id] = known.without(refund, now)
        closed = refund._replace(status=RefundStatus.CLOSED, closed_at=now)
        self.refunds[order.order_id, refund.refund_id] = closed
        del self.open_until[order.order_id]

    def report(self, order: Order, finding: str, now: datetime) -> None:
        _refuse_unless(self.found.get(order.order_id, ("", now))[0] != finding)
        self.found[order.order_id] = finding, now

    def postpone(self, order_id: str, until: datetime) -> None:
        _refuse_unless(order_id in self.open_until)
        self.open_until[order_id] = until

    def _move(self, order_id: str, came_from: OrderStatus, **changed: Any) -> None:
        _refuse_unless(self.orders[order_id].status is came_from)
        self.orders[order_id] = self.orders[order_id]._replace(**changed)


def _refuse_unless(condition: bool) -> None:
    if not condition:
        raise Refused({0: None})
