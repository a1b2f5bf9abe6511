"""What Stripe may answer, in the shapes of its documentation."""

from typing import Any

from functions.payments.providers.port import Answer
from functions.payments.providers.stripe.adapter import Stripe
from functions.payments.tests.stripe_peers import Said

CREATE = "POST /v1/payment_intents"
CONFIRM = "POST /v1/payment_intents/{}/confirm"
CANCEL = "POST /v1/payment_intents/{}/cancel"
RETRIEVE = "GET /v1/payment_intents/{}"
LIST_REFUNDS = "GET /v1/refunds"
REFUND = "POST /v1/refunds"
NO_REFUNDS = Said(200, {"object": "list", "data": [], "has_more": False, "url": "/v1/refunds"})


def intent(status: str, **more: Any) -> Said:
    """https://docs.stripe.com/api/payment_intents/object"""
    body = {
        "id": "pi_1",
        "object": "payment_intent",
        "amount": 4_200,
        "amount_received": 4_200 if status == "succeeded" else 0,
        "currency": "inr",
        "status": status,
        "last_payment_error": None,
        "next_action": None,
    }
    return Said(200, body | more)


def refund(status: str = "succeeded", **more: Any) -> dict[str, Any]:
    """https://docs.stripe.com/api/refunds/object"""
    return {"id": "re_1", "object": "refund", "amount": 4_200, "status": status} | more


def refusal(status: int, kind: str, code: str | None = None, **more: Any) -> Said:
    """https://docs.stripe.com/api/errors"""
    return Said(status, {"error": {"type": kind, "code": code, "message": "No.", **more}})


def unexpected_state(status: str) -> Said:
    code = "payment_intent_unexpected_state"
    return refusal(400, "invalid_request_error", code, payment_intent=intent(status).body)


def charge(provider: Stripe) -> Answer:
    return provider.charge("k", 4_200, "INR", "pm_card_visa")
