"""The reconciler's eyes and hands: what is known of an order, and each step of its table.

Every step is a call that the sagas make too, fenced where it writes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final, NamedTuple

from functions.orders.bookings import Bookings
from functions.orders.decisions import (
    TABLE,
    Cell,
    Record,
    Stage,
    Step,
    Verdict,
    record_of,
    stage_of,
    verdict_of,
)
from functions.orders.domain import Order, PaymentState
from functions.orders.neighbours import Payment, Payments, Seating
from functions.orders.problems import OrderNotRefundable
from functions.orders.refund_terms import Refund
from functions.orders.refunds import Refunds
from functions.orders.store import Store
from functions.shared.observability import logger
from functions.shared.problems import NotFound, Problem

# The sagas' own words for an order that was not paid in time, and for one whose seats are gone.
_TIMED_OUT: Final = "PaymentTimedOut"
_SEATS_LOST: Final = "SeatsLost"


class Facts(NamedTuple):
    order: Order
    record: Record
    payment: Payment | None

    @property
    def where(self) -> tuple[Verdict, Record, Stage]:
        """The place in the table."""
        status = self.payment.state.status if self.payment else None
        is_repaid = self.payment is not None and self.payment.is_repaid
        return verdict_of(status), self.record, stage_of(self.order, is_repaid=is_repaid)

    @property
    def cell(self) -> Cell:
        return TABLE[self.where]


@dataclass(frozen=True)
class Steps:
    store: Store
    seating: Seating
    payments: Payments

    def read(self, order_id: str) -> Facts:
        """Raises NotFound."""
        # In this order: what a saga does last is read first, so that an order is never seen ahead
        # of the seats and the payment that it was decided by.
        order = self.store.find_order(order_id)
        if order is None:
            raise NotFound("There is no such order.")
        held = self.seating.read_record(order.reservation_id)
        status, holder = held or (None, None)
        record = record_of(status, holder, wanted=order_id)
        return Facts(order, record, self.payments.describe(order_id, order.refund_id))

    def take(self, step: Step, facts: Facts, now: datetime) -> None:
        """What came of it, what is read next will tell. Raises what has status 503."""
        takes: dict[Step, Callable[[Facts, datetime], None]] = {
            Step.SETTLE: self._settle,
            Step.ALLOCATE: self._allocate,
            Step.CONFIRM: self._confirm,
            Step.REFUND: self._refund,
            Step.RELEASE: self._release,
            Step.CANCEL: self._cancel,
            Step.CLOSE: self._close,
        }
        try:
            takes[step](facts, now)
        except Problem as problem:
            if problem.status is HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            # Somebody else was at it, too. What there is now says what to do.
            extra = {"orderId": facts.order.order_id, "step": step, "problem": problem.code()}
            logger.info("step refused", extra=extra)

    def _settle(self, facts: Facts, _now: datetime) -> None:
        self.payments.settle(facts.order.order_id, _TIMED_OUT)

    def _allocate(self, facts: Facts, now: datetime) -> None:
        if not self.seating.allocate(facts.order.reservation_id, facts.order.order_id):
            self._refund(facts, now)

    def _confirm(self, facts: Facts, now: datetime) -> None:
        paid = facts.payment and PaymentState(facts.payment.state.payment_id, "SUCCESS")
        self._bookings.confirm(facts.order.order_id, paid, now)

    def _refund(self, facts: Facts, _now: datetime) -> None:
        order = facts.order
        if order.refund_id is None:
            # As the booking does it: the order's own id is the refund's.
            self.payments.refund(order.order_id, order.order_id, _SEATS_LOST)
            return
        refund = self._open_refund(order)
        self.payments.refund(order.order_id, refund.refund_id, refund.reason, refund.amount_cents)

    def _release(self, facts: Facts, _now: datetime) -> None:
        self.seating.release(facts.order.reservation_id, facts.order.order_id)

    def _cancel(self, facts: Facts, now: datetime) -> None:
        voided = facts.where[0] is Verdict.VOIDED
        why_voided = facts.payment.void_reason if facts.payment else None
        cause = (why_voided or _TIMED_OUT) if voided else _SEATS_LOST
        self._bookings.cancel(facts.order.order_id, cause, now)

    def _close(self, facts: Facts, now: datetime) -> None:
        refund = self._open_refund(facts.order)
        self.seating.release_sold(facts.order, refund.seat_ids)
        Refunds(self.store).close(facts.order.order_id, refund.refund_id, now)

    def _open_refund(self, order: Order) -> Refund:
        refund = self.store.find_refund(order.order_id, str(order.refund_id))
        if refund is None:
            raise OrderNotRefundable(f"Nothing is written down of refund {order.refund_id}.")
        return refund

    @property
    def _bookings(self) -> Bookings:
        return Bookings(self.store, self.payments)
