"""All that payments holds of one user, for their own copy of it."""

from collections.abc import Collection
from typing import Any

from functions.payments.cashier import Cashier
from functions.payments.contract import PaymentView
from functions.payments.domain import Attempt, Refund
from functions.payments.store import attempts, payments, refunds
from functions.shared.postgres import transaction


def export_payments(
    cashier: Cashier, user_id: int, order_ids: Collection[str]
) -> list[dict[str, Any]]:
    """This user's payments for these orders, with each attempt to pay and each refund."""
    with transaction(cashier.engine) as connection:
        theirs = payments.list_of(connection, user_id, order_ids)
        ids = [payment.payment_id for payment in theirs]
        tried = attempts.list_of(connection, ids)
        given_back = refunds.list_of(connection, ids)
    return [
        {
            **PaymentView.of(payment).model_dump(mode="json", by_alias=True),
            "attempts": [_tried(each) for each in tried if each.payment_id == payment.payment_id],
            "refunds": [
                _given(each) for each in given_back if each.payment_id == payment.payment_id
            ],
        }
        for payment in theirs
    ]


def _tried(attempt: Attempt) -> dict[str, Any]:
    # Without the token: it stands for a card, and says nothing of whose.
    return {
        "number": attempt.number,
        "provider": attempt.provider,
        "providerTxnId": attempt.provider_txn_id,
        "outcome": attempt.outcome,
        "reason": attempt.reason,
        "startedAt": attempt.started_at.isoformat(),
        "closedAt": attempt.closed_at and attempt.closed_at.isoformat(),
    }


def _given(refund: Refund) -> dict[str, Any]:
    return {
        "refundId": refund.refund_id,
        "amountCents": refund.amount_cents,
        "reason": refund.reason,
        "status": refund.status,
        "createdAt": refund.created_at.isoformat(),
        "completedAt": refund.completed_at and refund.completed_at.isoformat(),
    }
