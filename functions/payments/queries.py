"""What is read of payments; nothing here changes one."""

from typing import Any

from functions.payments.cashier import Cashier
from functions.payments.domain import Payment, Refund, payment_id_of
from functions.payments.store import attempts, payments, refunds
from functions.shared.postgres import transaction
from functions.shared.problems import NotFound
from functions.shared.tokens import Principal, Role


def read_payment(cashier: Cashier, payment_id: str, viewer: Principal) -> Payment:
    """The viewer's own, or of an event they organize, or any for an administrator.

    Raises NotFound.
    """
    payment = _visible(cashier, payment_id, viewer)
    if payment is None:
        raise NotFound("There is no such payment.")
    return payment


def list_payments(cashier: Cashier, order_id: str, viewer: Principal) -> list[Payment]:
    """An order's payment, if there is one that the viewer may see."""
    payment = _visible(cashier, payment_id_of(order_id), viewer)
    return [] if payment is None else [payment]


def describe_payment(
    cashier: Cashier, order_id: str, refund_id: str | None = None
) -> dict[str, Any]:
    """What a saga or the reconciler needs to know: `refundStatus` is that refund's, None if
    there is none yet. Raises NotFound.
    """
    payment_id = payment_id_of(order_id)
    with transaction(cashier.engine) as connection:
        payment = payments.find(connection, payment_id)
        unresolved = attempts.find_open(connection, payment_id)
        refund = refunds.find(connection, refund_id) if refund_id else None
    if payment is None:
        raise NotFound("There is no payment for this order.")
    return {
        "paymentId": payment.payment_id,
        "orderId": payment.order_id,
        "status": payment.status,
        "verdict": payment.verdict,
        "voidReason": payment.void_reason,
        "amountCents": payment.amount_cents,
        "currency": payment.currency,
        "capturedCents": payment.captured_cents,
        "refundedCents": payment.refunded_cents,
        "hasOpenAttempt": unresolved is not None,
        "refundStatus": refund.status if refund else None,
    }


def find_refund(cashier: Cashier, refund_id: str) -> Refund | None:
    with transaction(cashier.engine) as connection:
        return refunds.find(connection, refund_id)


def _visible(cashier: Cashier, payment_id: str, viewer: Principal) -> Payment | None:
    with transaction(cashier.engine) as connection:
        return payments.find_visible(
            connection,
            payment_id,
            user_id=None if viewer.is_admin else viewer.user_id,
            organizes=viewer.role is Role.EVENT_ORGANIZER,
        )
