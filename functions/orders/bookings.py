"""What the booking has orders do. Every step may be delivered twice, or weeks late."""

from dataclasses import dataclass
from datetime import datetime

from functions.orders.domain import (
    CONFIRMED_ONCE,
    GIVEN_UP,
    Order,
    OrderStatus,
    PaymentState,
    closing_of,
    tickets_of,
)
from functions.orders.neighbours import Payments
from functions.orders.problems import OrderNotPending, PaymentNotSettled
from functions.orders.store import Store
from functions.shared.dynamodb import Refused
from functions.shared.observability import count, observe_seconds
from functions.shared.problems import NotFound

# A payment that took nothing, or gave back all it took.
_SETTLED = {"VOIDED", "REFUNDED"}
# Payments' word to the saga that waits for one.
_VOIDED = "PaymentVoided"


@dataclass(frozen=True)
class Bookings:
    store: Store
    payments: Payments

    def confirm(self, order_id: str, payment: PaymentState | None, now: datetime) -> Order:
        """Confirm a paid order and issue its tickets, all at once; done before is done.

        `payment` is what the saga knows of it. Raises OrderNotPending for an order given up.
        """
        order = self._find(order_id)
        if order.status is OrderStatus.PENDING:
            paid = payment or self.payments.read(order_id)
            if paid is None:
                raise PaymentNotSettled("An order without a payment is not confirmed.")
            try:
                self.store.confirm(order_id, paid, tickets_of(order, now), now)
            except Refused:
                order = self._find(order_id)
            else:
                count("orders_confirmed_total")
                observe_seconds("booking_seconds", (now - order.created_at).total_seconds())
                return order._replace(status=OrderStatus.CONFIRMED, payment=paid)
        if order.status not in CONFIRMED_ONCE:
            raise OrderNotPending(f"Order {order_id} is {order.status}.")
        return order

    def cancel(self, order_id: str, cause: str, now: datetime) -> Order:
        """Close an order that did not come about; closed before is closed.

        Only with nothing paid, or all of it given back: raises PaymentNotSettled otherwise, and
        OrderNotPending for an order that was confirmed.
        """
        order = self._find(order_id)
        if order.status is OrderStatus.PENDING:
            payment = self.payments.describe(order_id)
            if payment is None or payment.state.status not in _SETTLED:
                raise PaymentNotSettled(f"The payment is {payment and payment.state.status}.")
            # Whoever voided it had a reason, which the saga is not told of.
            why = payment.void_reason if cause == _VOIDED else None
            closing = closing_of(why or cause, is_cancel_requested=order.is_cancel_requested)
            try:
                self.store.close(order_id, closing, payment.state, now)
            except Refused:
                order = self._find(order_id)
            else:
                count("orders_given_up_total", reason=closing.reason)
                return order._replace(status=closing.status, reason=closing.reason)
        if order.status not in GIVEN_UP:
            raise OrderNotPending(f"Order {order_id} is {order.status}.")
        return order

    def _find(self, order_id: str) -> Order:
        order = self.store.find_order(order_id)
        if order is None:
            raise NotFound("There is no such order.")
        return order
