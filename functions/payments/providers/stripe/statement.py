"""Stripe's own account, by its SDK; for whoever reconciles, never for a function.

Whoever reads it needs a key that may read PaymentIntents and refunds, and nothing else.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import stripe

from functions.payments.providers.statement import Stated
from functions.payments.providers.stripe import line
from functions.payments.providers.stripe.sdk import CONNECT_SECONDS, READ_SECONDS, translated

_PAGE: Final = 100
_RETRIES: Final = 3
# What will not reach the customer, or was taken back.
_UNPAID: Final = {"failed", "canceled"}


class StripeStatement:
    """`api` is Stripe's address unless somebody else is to play its part."""

    provider = "stripe"

    def __init__(self, api_key: str, api: str | None = None) -> None:
        self._client = stripe.StripeClient(
            api_key,
            max_network_retries=_RETRIES,
            http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS)),
            base_addresses={"api": api} if api else None,
        ).v1

    def charges(self, since: datetime | None) -> Iterator[Stated]:
        with translated():
            intents = self._client.payment_intents.list(_asked(since))
            for intent in intents.auto_paging_iter():
                if intent.status == line.SUCCEEDED:
                    taken: int = getattr(intent, "amount_received", None) or intent.amount
                    yield Stated(
                        key=_ours(intent, "attempt_key"),
                        transaction_id=intent.id,
                        amount_cents=taken,
                        currency=intent.currency.upper(),
                        at=datetime.fromtimestamp(intent.created, UTC),
                    )

    def refunds(self, since: datetime | None) -> Iterator[Stated]:
        with translated():
            refunds = self._client.refunds.list(_asked(since, expand=["data.payment_intent"]))
            for refund in refunds.auto_paging_iter():
                if refund.status not in _UNPAID:
                    yield Stated(
                        key=_ours(refund, "refund_key"),
                        transaction_id=refund.id,
                        amount_cents=refund.amount,
                        currency=refund.currency.upper(),
                        at=datetime.fromtimestamp(refund.created, UTC),
                        charge_key=_ours(refund.payment_intent, "attempt_key"),
                    )


def _asked(since: datetime | None, **more: Any) -> Any:
    created = {"created": {"gte": int(since.timestamp())}} if since else {}
    return {"limit": _PAGE, **created, **more}


def _ours(thing: Any, name: str) -> str | None:
    """What we had Stripe keep with it; nothing if others made it."""
    metadata = getattr(thing, "metadata", None)
    kept: str | None = metadata.to_dict().get(name) if metadata is not None else None
    return kept
