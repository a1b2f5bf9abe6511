"""What providers say in their webhooks, in our words. Their own words are in their documents:
https://docs.stripe.com/api/events/types for Stripe; the simulator's are below.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from functions.payments.domain import Outcome
from functions.payments.providers.port import Answer
from functions.payments.providers.simulator import Simulator

STRIPE: Final = "stripe"
# Which header carries the signature.
SIGNATURE_HEADERS: Final = {STRIPE: "Stripe-Signature", Simulator.name: "Simulator-Signature"}
# The metadata of a PaymentIntent under which it carries our attempt's key.
STRIPE_KEY: Final = "attempt_key"
REFUND_FAILED: Final = "refund.failed"
# The card's holder has the bank take the money back.
DISPUTE: Final = "charge.dispute.created"
_CAPTURED: Final = "charge.captured"


class Notice(NamedTuple):
    """One thing that a provider told us; `answer` is what became of the charge under our key.

    Without an answer it says nothing of a charge, or nothing that decides one.
    """

    notice_id: str
    kind: str
    charge_key: str | None = None
    answer: Answer | None = None


def read_notice(provider: str, body: Mapping[str, Any]) -> Notice:
    """Raises KeyError for what has not the shape that this provider promises."""
    return _READERS[provider](body)


def capture_notice(charge_key: str, captured: Answer, now: datetime) -> dict[str, Any]:
    """The simulator's word that a late charge has come about."""
    if captured.outcome is not Outcome.CAPTURED:
        raise ValueError(f"The charge {charge_key} is {captured.outcome}.")
    return {
        "id": f"captured-{charge_key}",
        "type": _CAPTURED,
        "createdAt": now.isoformat(),
        "charge": {
            "key": charge_key,
            "transactionId": captured.transaction_id,
            "amountCents": captured.amount_cents,
            "currency": captured.currency,
        },
    }


def _from_simulator(body: Mapping[str, Any]) -> Notice:
    notice = Notice(body["id"], body["type"])
    if notice.kind != _CAPTURED:
        return notice
    charge = body["charge"]
    taken = Answer.captured(charge["transactionId"], charge["amountCents"], charge["currency"])
    return notice._replace(charge_key=charge["key"], answer=taken)


def _from_stripe(body: Mapping[str, Any]) -> Notice:
    notice = Notice(body["id"], body["type"])
    if not notice.kind.startswith("payment_intent."):
        return notice
    intent = body["data"]["object"]
    # An account may serve others too: what does not carry our key is none of ours.
    charge_key = (intent.get("metadata") or {}).get(STRIPE_KEY)
    return notice._replace(charge_key=charge_key, answer=_of_intent(notice.kind, intent))


def _of_intent(kind: str, intent: Mapping[str, Any]) -> Answer | None:
    match kind.removeprefix("payment_intent."):
        case "succeeded":
            # What was asked for is what came in, where it is not said apart.
            received = intent.get("amount_received", intent["amount"])
            return Answer.captured(intent["id"], received, intent["currency"].upper())
        case "payment_failed":
            return Answer.declined("The card was declined.")
        case "canceled":
            return Answer.cancelled()
        case _:
            return None


_READERS: Final[dict[str, Callable[[Mapping[str, Any]], Notice]]] = {
    STRIPE: _from_stripe,
    Simulator.name: _from_simulator,
}
