"""Giving money back: set aside and committed first, then paid by the provider, then recorded."""

from dataclasses import replace
from datetime import datetime

from functions.payments import announcements
from functions.payments.cashier import Cashier
from functions.payments.domain import (
    AlreadyRefunded,
    Payment,
    PaymentNotRefundable,
    Refund,
    RefundStatus,
    Verdict,
)
from functions.payments.store import attempts, payments, refunds
from functions.shared.observability import count
from functions.shared.postgres import transaction
from functions.shared.problems import NotFound


def give_back(
    cashier: Cashier,
    payment_id: str,
    refund_id: str,
    reason: str | None,
    now: datetime,
    amount_cents: int | None = None,
) -> Refund:
    """Give back so much of what was captured, or all that is left, once for a refund id.

    Asked again, it is what it was at first, whatever amount is named then. Raises NotFound,
    PaymentNotRefundable, AlreadyRefunded (by others: that much is not left), or
    ProviderUnavailable, after which asking again goes on where this broke off.
    """
    with transaction(cashier.engine) as connection:
        if payments.find(connection, payment_id) is None:
            raise NotFound("There is no payment for this order.")
        payment = payments.lock(connection, payment_id)
        refund = refunds.find(connection, refund_id)
        if refund is None:
            refund = _new(payment, refund_id, reason, now, amount_cents)
            if not payments.claim_refund(connection, payment_id, refund.amount_cents, now):
                raise AlreadyRefunded("So much is not left of what was captured.")
            refunds.add(connection, refund)
    return pay_back(cashier, refund, now)


def pay_back(cashier: Cashier, refund: Refund, now: datetime) -> Refund:
    """Have the provider pay a committed refund, unless it has. Raises ProviderUnavailable."""
    if refund.status is RefundStatus.REFUNDED:
        return refund
    with transaction(cashier.engine) as connection:
        attempt = attempts.get(connection, refund.attempt_key)
    provider_refund_id = None
    # Tickets may have cost nothing; then there is nothing that a provider could pay.
    if refund.amount_cents > 0:
        provider_refund_id = cashier.provider_of(attempt).refund(
            refund.refund_id, refund.attempt_key, refund.amount_cents
        )
    with transaction(cashier.engine) as connection:
        payment = payments.lock(connection, refund.payment_id)
        is_news = refunds.complete(connection, refund, provider_refund_id, now)
        if is_news:
            cashier.write_down(connection, announcements.of_refund(payment, refund), now)
    if is_news:
        count("refunds_total")
    cashier.tell(now)
    return replace(
        refund,
        status=RefundStatus.REFUNDED,
        provider_refund_id=provider_refund_id,
        completed_at=now,
    )


def _new(
    payment: Payment,
    refund_id: str,
    reason: str | None,
    now: datetime,
    amount_cents: int | None,
) -> Refund:
    if payment.verdict is not Verdict.SUCCESS or payment.captured_attempt is None:
        raise PaymentNotRefundable(f"This payment is {payment.status}.")
    left_cents = payment.captured_cents - payment.refund_claimed_cents
    if amount_cents is None and left_cents == 0 and payment.captured_cents > 0:
        raise AlreadyRefunded("Nothing is left of what was captured.")
    return Refund(
        refund_id=refund_id,
        payment_id=payment.payment_id,
        attempt_key=payment.captured_attempt,
        amount_cents=left_cents if amount_cents is None else amount_cents,
        reason=reason,
        status=RefundStatus.PENDING,
        provider_refund_id=None,
        created_at=now,
        completed_at=None,
    )
