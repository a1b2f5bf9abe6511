"""Orders after they were placed: read, waited for, listed, and given up by their customers."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from functions.orders.domain import REFUNDABLE, Order, OrderStatus, PaymentState
from functions.orders.neighbours import Payments
from functions.orders.order_lists import OrderLists, OrderPage, Position, Wanted
from functions.orders.problems import (
    OrderNotConfirmed,
    PaymentCaptured,
    PaymentInProgress,
)
from functions.orders.refund_plans import RefundPlans, RefundWish
from functions.orders.sagas import Sagas
from functions.orders.store import Store
from functions.shared.dynamodb import Refused
from functions.shared.problems import Forbidden, NotFound
from functions.shared.tokens import Principal, Role

_FIRST_POLL_SECONDS: Final = 0.1
_LONGEST_POLL_SECONDS: Final = 0.5
# Of an order that came with a payment method: when its payment is looked at for the first time.
_FIRST_LOOK_SECONDS: Final = 0.8


class Shown(NamedTuple):
    """An order as a client sees it, with its payment if that is known."""

    order: Order
    payment: PaymentState | None


@dataclass(frozen=True)
class Orders:
    store: Store
    lists: OrderLists
    payments: Payments
    sagas: Sagas
    sleep: Callable[[float], None] = time.sleep

    def read(self, order_id: str, viewer: Principal) -> Shown:
        """The viewer's own, or of an event they organize, or any for an ADMIN. Raises NotFound."""
        return self.show(self.find(order_id, viewer))

    def find(self, order_id: str, viewer: Principal) -> Order:
        order = self.store.find_order(order_id)
        if order is None or not may_see(viewer, order.user_id, order.organizer_id):
            raise NotFound("There is no such order.")
        return order

    def show(self, order: Order) -> Shown:
        """Only an order that is not settled yet has to ask for its payment."""
        return Shown(order, order.payment or self.payments.glimpse(order.order_id))

    def await_decision(self, order: Order, seconds: float, *, is_paying: bool) -> Shown:
        """The order once it is no longer PENDING, or as it is after so many seconds.

        `is_paying`: it came with a payment method. If that is declined there is nothing to wait
        for any more, but for the customer.
        """
        deadline = time.monotonic() + seconds
        poll_seconds = _FIRST_POLL_SECONDS
        waited_seconds, look_seconds = 0.0, _FIRST_LOOK_SECONDS
        while order.status is OrderStatus.PENDING:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            self.sleep(min(poll_seconds, left))
            waited_seconds += poll_seconds
            poll_seconds = min(poll_seconds * 1.5, _LONGEST_POLL_SECONDS)
            order = self.store.find_order(order.order_id) or order
            if is_paying and waited_seconds >= look_seconds:
                # Another function is asked, on another's time: so each look is a while after the
                # last one, and who was declined learns it half as late again at worst.
                look_seconds = waited_seconds * 1.5
                payment = self.payments.glimpse(order.order_id)
                if payment is not None and payment.status == "FAILED":
                    return Shown(order, payment)
        return self.show(order)

    def list(
        self, wanted: Wanted, after: Position | None, limit: int, viewer: Principal
    ) -> OrderPage:
        """A page of orders; one's own, unless an ADMIN asks. Raises Forbidden."""
        if not viewer.is_admin:
            if wanted.user_id not in (None, viewer.user_id):
                raise Forbidden("Only an administrator lists other people's orders.")
            wanted = wanted._replace(user_id=viewer.user_id)
        return self.lists.page(wanted, after, limit)

    def cancel(self, order_id: str, viewer: Principal, now: datetime) -> Order:
        """Give an order up: a pending one's seats go free, a confirmed one is refunded: in full by
        its event's organizer, by the event's policy to its customer.

        Nothing to do is no refusal. Raises NotFound, PaymentCaptured, PaymentInProgress,
        TicketUsed, RefundNotOffered, RefundInProgress.
        """
        order = self.find(order_id, viewer)
        if order.status is OrderStatus.PENDING:
            try:
                self.store.request_cancel(order_id, now)
            except Refused:
                # Decided a moment ago; what became of it says what there is to cancel.
                order = self.find(order_id, viewer)
            else:
                self._void_payment(order_id)
                return order
        if order.status in REFUNDABLE and order.live_seat_ids:
            self._refund(order, viewer, now)
        return order

    def _void_payment(self, order_id: str) -> None:
        """Only the verdict on its payment ends a pending order; the saga frees its seats then."""
        verdict = self.payments.settle(order_id, "cancelled")
        if verdict == "CAPTURED":
            raise PaymentCaptured("Cancel it again once it is confirmed to have it refunded.")
        if verdict != "VOIDED":
            raise PaymentInProgress("Ask again when the provider has answered.", retryAfter=2)

    def _refund(self, order: Order, viewer: Principal, now: datetime) -> None:
        if order.payment is None:
            raise OrderNotConfirmed("The order has no payment to give back.")
        as_organizer = organizes(viewer, order.organizer_id)
        wish = RefundWish(order.payment.payment_id, reason="cancelled", as_organizer=as_organizer)
        plan = RefundPlans(self.store).plan(order, wish, now)
        if not plan.is_closed:
            self.sagas.refund(order, order.payment, "cancelled", plan.wanted)


def organizes(viewer: Principal, organizer_id: int) -> bool:
    """The organizer of the event, or an ADMIN."""
    is_own = viewer.role is Role.EVENT_ORGANIZER and viewer.user_id == organizer_id
    return viewer.is_admin or is_own


def may_see(viewer: Principal, user_id: int, organizer_id: int) -> bool:
    """One's own, and what was sold for an event one organizes, and everything for an ADMIN."""
    return viewer.user_id == user_id or organizes(viewer, organizer_id)
