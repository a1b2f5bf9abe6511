"""A refund that somebody asks for: checked, then run by the refund saga."""

from dataclasses import dataclass

from functions.payments import queries
from functions.payments.cashier import Cashier
from functions.payments.domain import (
    AlreadyRefunded,
    MoreThanCaptured,
    OrderNotConfirmed,
    Payment,
    PaymentNotRefundable,
    Verdict,
    whole_refund_id_of,
)
from functions.payments.neighbours import Orders
from functions.payments.refund_machine import RefundMachine
from functions.payments.store import refunds
from functions.shared.postgres import transaction
from functions.shared.problems import ValidationFailed
from functions.shared.tokens import Principal

_NOT_IN_PARTS = "Partial refunds are not offered yet; leave this out to refund the whole payment."


@dataclass(frozen=True)
class RefundWish:
    payment_id: str
    amount_cents: int | None
    ticket_ids: frozenset[str] | None
    reason: str | None


def request_refund(
    cashier: Cashier,
    machine: RefundMachine,
    orders: Orders,
    viewer: Principal,
    wish: RefundWish,
) -> tuple[Payment, bool]:
    """Refund a whole payment, once however often it is asked for; True if it is done by now.

    Raises NotFound, ValidationFailed, PaymentNotRefundable, AlreadyRefunded (otherwise than by
    this call), MoreThanCaptured and OrderNotConfirmed.
    """
    payment = queries.read_payment(cashier, wish.payment_id, viewer)
    refund_id = whole_refund_id_of(payment.payment_id)
    _check_refundable(cashier, payment, refund_id)
    _check_amount(payment, wish)
    _check_order(orders, payment, wish)
    is_done = machine.run(
        refund_id,
        {
            "orderId": payment.order_id,
            "refundId": refund_id,
            "paymentId": payment.payment_id,
            "amountCents": payment.captured_cents,
            "reason": wish.reason or "requested",
        },
    )
    return queries.read_payment(cashier, wish.payment_id, viewer), is_done


def _check_refundable(cashier: Cashier, payment: Payment, refund_id: str) -> None:
    if payment.verdict is not Verdict.SUCCESS:
        raise PaymentNotRefundable(f"This payment is {payment.status}.")
    with transaction(cashier.engine) as connection:
        ours = refunds.find(connection, refund_id)
    # Refunded for another reason: seats that were lost, or an order that was cancelled.
    if ours is None and 0 < payment.captured_cents <= payment.refund_claimed_cents:
        raise AlreadyRefunded("All of this payment has been refunded.")


def _check_amount(payment: Payment, wish: RefundWish) -> None:
    if wish.amount_cents is None or wish.amount_cents == payment.amount_cents:
        return
    if wish.amount_cents > payment.amount_cents:
        raise MoreThanCaptured(f"{payment.amount_cents} was captured.")
    raise ValidationFailed.at("/amountCents", _NOT_IN_PARTS)


def _check_order(orders: Orders, payment: Payment, wish: RefundWish) -> None:
    order = orders.read(payment.order_id)
    if order["status"] == "PENDING":
        raise OrderNotConfirmed(
            "It is paid, and being confirmed; ask again in a moment.", retryAfter=1
        )
    if wish.ticket_ids is None:
        return
    tickets = {str(ticket["ticketId"]) for ticket in order["tickets"]}
    if not wish.ticket_ids <= tickets:
        raise ValidationFailed.at("/ticketIds", "Some of these are no tickets of this order.")
    if wish.ticket_ids != tickets:
        raise ValidationFailed.at("/ticketIds", _NOT_IN_PARTS)
