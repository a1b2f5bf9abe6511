"""What the refund saga has orders do. Every step may be delivered twice, or weeks late.

What a refund takes and gives is decided once, by what is left at that moment, and written down with
the tickets that it voids. From then on its own row answers, whatever is asked.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from functions.orders.domain import REFUNDABLE, Order, OrderStatus, TicketStatus
from functions.orders.problems import (
    OrderNotConfirmed,
    OrderNotRefundable,
    RefundInProgress,
    TicketUsed,
)
from functions.orders.refund_terms import Refund, RefundWanted
from functions.orders.store import Store
from functions.shared.dynamodb import Refused
from functions.shared.problems import NotFound, ServiceUnavailable

# Whoever was quicker is seen by the next reading; more than a few of them are a reason to wait.
_TRIES: Final = 4


@dataclass(frozen=True)
class Refunds:
    store: Store

    def open(self, order_id: str, wanted: RefundWanted, now: datetime) -> tuple[Order, Refund]:
        """Void what the refund takes, and set down what it gives; opened before is as it was then.

        Raises OrderNotConfirmed while the order is PENDING (a paid one goes forward first),
        RefundInProgress while another refund is open, OrderNotRefundable if others have had its
        tickets or its money, and TicketUsed for a ticket that let somebody in.
        """
        for _ in range(_TRIES):
            # In this order: an order that says its refund is open has it written down.
            order = self._find(order_id)
            known = self.store.find_refund(order_id, wanted.refund_id)
            if known is not None:
                return order, known
            refund = decide(order, wanted, now)
            try:
                self.store.open_refund(order, refund, is_forced=wanted.is_forced)
            except Refused:
                if not wanted.is_forced:
                    self.check_unused(order_id, refund.seat_ids)
            else:
                return order.with_refund(refund, now), refund
        raise ServiceUnavailable.retry_after(1, "The order keeps changing; ask again.")

    def close(self, order_id: str, refund_id: str, now: datetime) -> Order:
        """Say that a refund is paid and its seats are free; said before is said.

        Raises OrderNotRefundable for one that was never opened.
        """
        # In this order: an order that says the refund is open stays as it was read until it is not.
        refund = self.store.find_refund(order_id, refund_id)
        order = self._find(order_id)
        if refund is None:
            raise OrderNotRefundable(f"Order {order_id} has no refund {refund_id}.")
        if order.refund_id != refund_id:
            return order
        # Refused only if the same step, delivered twice at once, was quicker.
        with suppress(Refused):
            self.store.close_refund(order, refund, now)
        return self._find(order_id)

    def check_unused(self, order_id: str, seat_ids: Sequence[int]) -> None:
        """Raises TicketUsed if somebody was admitted with the ticket of one of these seats."""
        for ticket in self.store.tickets_of(order_id):
            if ticket.line.seat_id in seat_ids and ticket.status is TicketStatus.USED:
                raise TicketUsed(
                    "Somebody was admitted with a ticket of this order; the organizer may refund"
                    " it all the same.",
                    usedAt=str(ticket.used_at),
                )

    def _find(self, order_id: str) -> Order:
        order = self.store.find_order(order_id)
        if order is None:
            raise NotFound("There is no such order.")
        return order


def decide(order: Order, wanted: RefundWanted, now: datetime) -> Refund:
    """What a new refund takes and gives, by what is left of the order. Raises as `Refunds.open`."""
    if order.status is OrderStatus.PENDING:
        raise OrderNotConfirmed(f"Order {order.order_id} is not confirmed yet.")
    if order.status not in REFUNDABLE:
        raise OrderNotRefundable(f"Order {order.order_id} is {order.status}.")
    if order.refund_id not in (None, wanted.refund_id):
        raise RefundInProgress("Ask again when it is done.", retryAfter=2)
    seat_ids = order.live_seat_ids if wanted.seat_ids is None else wanted.seat_ids
    if not set(seat_ids) <= set(order.live_seat_ids):
        raise OrderNotRefundable("Another refund has some of these tickets.")
    amount_cents = _amount(order, wanted, seat_ids)
    if not seat_ids and amount_cents == 0:
        raise OrderNotRefundable("All of this order has been refunded.")
    return Refund(
        refund_id=wanted.refund_id,
        order_id=order.order_id,
        seat_ids=tuple(seat_ids),
        amount_cents=amount_cents,
        reason=wanted.reason,
        opened_at=now,
        is_full=wanted.amount_cents is None,
    )


def _amount(order: Order, wanted: RefundWanted, seat_ids: Sequence[int]) -> int:
    if wanted.seat_ids is None and wanted.amount_cents is None:
        return order.left_cents
    due_cents = sum(order.shares[seat_id] for seat_id in seat_ids)
    if seat_ids:
        # An amount that voided no ticket may have taken some of it before.
        given_cents = due_cents if wanted.amount_cents is None else wanted.amount_cents
        return min(given_cents, due_cents, order.left_cents)
    amount_cents = wanted.amount_cents or 0
    if amount_cents > order.left_cents:
        raise OrderNotRefundable(f"{order.left_cents} of this order are left.")
    return amount_cents
