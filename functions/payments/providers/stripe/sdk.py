"""The line to Stripe itself, by its own SDK. Only `payments-provider` imports this."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final

import stripe

from functions.payments.domain import ProviderInProgress, ProviderUnavailable
from functions.payments.providers.stripe.line import (
    REQUIRES_PAYMENT_METHOD,
    CardUnusable,
    Intent,
    IntentRefused,
)
from functions.shared.observability import logger

CONNECT_SECONDS: Final = 3
READ_SECONDS: Final = 10

# It would log all that is posted.
logging.getLogger("stripe").setLevel(logging.WARNING)

_DECLINED = "The payment was declined."
# What makes a charge impossible for reasons of the customer's, before any bank is asked.
# https://docs.stripe.com/error-codes
_UNUSABLE: Final = {
    "amount_too_small": "The payment provider takes no payment as small as this.",
    "amount_too_large": "The payment provider takes no payment as large as this.",
    "payment_method_unactivated": "This kind of card is not taken here.",
    "payment_method_invalid_parameter": "This card can't be charged.",
}
_ENDED: Final = {"failed", "canceled"}


class StripeSdk:
    """`api` is Stripe's address unless somebody else is to play its part."""

    def __init__(self, api_key: str, api: str | None = None) -> None:
        self._client = stripe.StripeClient(
            api_key,
            # Whoever asks has the key to ask again with; a retry in here would only take its time.
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS)),
            base_addresses={"api": api} if api else None,
        ).v1

    def create(self, key: str, amount_cents: int, currency: str, token: str) -> Intent:
        try:
            with translated():
                intent = self._client.payment_intents.create(
                    {
                        "amount": amount_cents,
                        "currency": currency.lower(),
                        "payment_method": token,
                        "allowed_payment_method_types": ["card"],
                        "metadata": {"attempt_key": key},
                    },
                    {"idempotency_key": f"create:{key}"},
                )
        except IntentRefused as refusal:
            raise _unusable(refusal) or refusal from refusal
        return _intent(intent)

    def confirm(self, key: str, intent_id: str) -> Intent:
        try:
            with translated():
                intent = self._client.payment_intents.confirm(
                    intent_id, None, {"idempotency_key": f"confirm:{key}"}
                )
        except CardUnusable as declined:
            return Intent(intent_id, REQUIRES_PAYMENT_METHOD, declined=declined.detail)
        return _intent(intent)

    def retrieve(self, intent_id: str) -> Intent:
        with translated():
            return _intent(self._client.payment_intents.retrieve(intent_id))

    def cancel(self, intent_id: str) -> Intent:
        with translated():
            return _intent(self._client.payment_intents.cancel(intent_id))

    def find_refund(self, key: str, intent_id: str) -> str | None:
        with translated():
            made = self._client.refunds.list({"payment_intent": intent_id, "limit": 100})
            for refund in made.auto_paging_iter():
                metadata = refund.metadata.to_dict() if refund.metadata is not None else {}
                if metadata.get("refund_key") == key:
                    return _refund_id(refund)
        return None

    def refund(self, key: str, intent_id: str, amount_cents: int) -> str:
        with translated():
            refund = self._client.refunds.create(
                {
                    "payment_intent": intent_id,
                    "amount": amount_cents,
                    "metadata": {"refund_key": key},
                },
                {"idempotency_key": f"refund:{key}"},
            )
        return _refund_id(refund)


@contextmanager
def translated() -> Iterator[None]:
    """Stripe's errors as ours: it would not, the card can't, or nobody knows."""
    try:
        yield
    except stripe.CardError as error:
        raise CardUnusable(error.user_message or _DECLINED) from error
    except (stripe.InvalidRequestError, stripe.IdempotencyError) as error:
        raise IntentRefused(
            f"Stripe says: {error.user_message}", reason=error.code, parameter=_parameter(error)
        ) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        logger.exception("Stripe does not take our key")
        raise ProviderUnavailable.retry_after(10, "The payment provider is not set up.") from error
    except stripe.StripeError as error:
        if error.http_status == HTTPStatus.CONFLICT:
            # The same key is being worked on: somebody of ours asks the same thing.
            raise ProviderInProgress.retry_after(1, "Stripe is at it.") from error
        logger.warning("Stripe did not answer", extra={"error": type(error).__name__})
        raise ProviderUnavailable.retry_after(1, "Stripe did not answer.") from error


def _parameter(error: stripe.StripeError) -> str | None:
    return getattr(error, "param", None)


def _unusable(refusal: IntentRefused) -> CardUnusable | None:
    reason, parameter = refusal.extensions["reason"], refusal.extensions["parameter"]
    if reason in _UNUSABLE:
        return CardUnusable(_UNUSABLE[reason])
    if parameter == "payment_method":
        return CardUnusable("There is no such card, or it was used up.")
    return None


def _intent(intent: stripe.PaymentIntent) -> Intent:
    # Not every answer has every field: an older one, say, that is replayed for its key.
    taken: int | None = getattr(intent, "amount_received", None) or intent.amount
    return Intent(intent.id, intent.status, taken, intent.currency.upper(), _why_declined(intent))


def _why_declined(intent: stripe.PaymentIntent) -> str | None:
    error: Any = getattr(intent, "last_payment_error", None)
    if error is None:
        return None
    # Only what is said of a card is written for whoever owns it.
    told = getattr(error, "type", "card_error") == "card_error"
    return getattr(error, "message", None) or _DECLINED if told else _DECLINED


def _refund_id(refund: stripe.Refund) -> str:
    if refund.status in _ENDED:
        raise IntentRefused(f"The refund {refund.id} has {refund.status}.")
    return refund.id
