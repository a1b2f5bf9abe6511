"""A refund that somebody asks for: orders says what it comes to, and the refund saga does it."""

from dataclasses import dataclass
from typing import Any

from functions.payments import queries
from functions.payments.cashier import Cashier
from functions.payments.domain import AlreadyRefunded, Payment, PaymentNotRefundable, Verdict
from functions.payments.neighbours import Orders
from functions.payments.refund_machine import RefundMachine
from functions.shared import correlation
from functions.shared.problems import Problem
from functions.shared.tokens import Principal, Role

# Orders' code for tickets or money that others have had.
_NOTHING_LEFT = "order-not-refundable"


@dataclass(frozen=True)
class RefundWish:
    """`key` is the caller's Idempotency-Key, by which two refunds of an amount are told apart."""

    payment_id: str
    amount_cents: int | None
    ticket_ids: frozenset[str] | None
    reason: str | None
    is_forced: bool = False
    key: str | None = None


@dataclass(frozen=True)
class Refunding:
    """What became of a wish by now. `amount_cents` is None until that is decided."""

    payment: Payment
    refund_id: str
    amount_cents: int | None
    is_done: bool


def request_refund(
    cashier: Cashier,
    machine: RefundMachine,
    orders: Orders,
    viewer: Principal,
    wish: RefundWish,
) -> Refunding:
    """Refund a payment or a part of it, once however often it is asked for.

    Raises NotFound, PaymentNotRefundable, AlreadyRefunded (otherwise than by this call), what the
    saga ends with, and what orders refuses: ValidationFailed, Forbidden, IdempotencyKeyRequired,
    MoreThanCaptured, OrderNotConfirmed, RefundInProgress, RefundNotOffered, TicketUsed.
    """
    payment = queries.read_payment(cashier, wish.payment_id, viewer)
    if payment.verdict is not Verdict.SUCCESS:
        raise PaymentNotRefundable(f"This payment is {payment.status}.")
    correlation.about(orderId=payment.order_id, paymentId=payment.payment_id)
    plan = _plan(orders, payment, viewer, wish)
    refund_id, is_done = plan["refundId"], plan.pop("isClosed")
    correlation.about(refundId=refund_id)
    if not is_done:
        is_done = machine.run(refund_id, plan)
    refund = queries.find_refund(cashier, refund_id)
    return Refunding(
        payment=queries.read_payment(cashier, wish.payment_id, viewer),
        refund_id=refund_id,
        amount_cents=refund.amount_cents if refund else plan["amountCents"],
        is_done=is_done,
    )


def _plan(orders: Orders, payment: Payment, viewer: Principal, wish: RefundWish) -> dict[str, Any]:
    is_own_event = viewer.role is Role.EVENT_ORGANIZER and viewer.user_id == payment.organizer_id
    try:
        return orders.plan_refund(
            orderId=payment.order_id,
            paymentId=payment.payment_id,
            ticketIds=None if wish.ticket_ids is None else sorted(wish.ticket_ids),
            amountCents=wish.amount_cents,
            reason=wish.reason or "requested",
            asOrganizer=viewer.is_admin or is_own_event,
            force=wish.is_forced,
            askedAs=None if wish.key is None else f"{viewer.user_id}:{wish.key}",
        )
    except Problem as refusal:
        if refusal.code() == _NOTHING_LEFT:
            raise AlreadyRefunded(refusal.detail) from refusal
        raise
