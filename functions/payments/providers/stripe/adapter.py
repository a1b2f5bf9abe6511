"""Stripe behind the payment port: one PaymentIntent for each of our keys.

The intent is created unconfirmed, its id is committed under our key, and only then is it confirmed.
So whatever gets lost in between can be asked for by its id; an intent whose id got lost is never
confirmed and takes no money; and giving a key up is cancelling its intent, or, where there is none
yet, keeping the refusal.
"""

import time
from collections.abc import Callable
from typing import Final, Self

from sqlalchemy import Connection, Engine

from functions.payments.domain import (
    ProviderInProgress,
    ProviderRefused,
    ProviderUnavailable,
)
from functions.payments.providers.port import Answer
from functions.payments.providers.stripe import kept_intents, line
from functions.payments.providers.stripe.kept_intents import REFUSAL, Kept
from functions.payments.providers.stripe.line import CardUnusable, Intent, IntentRefused, Line

# If the first of two requests took this long, the second is left for later: both together are to
# be done before the function that asks, and whoever waits for it, gives up.
PATIENCE_SECONDS: Final = 5.0

_NEEDS_ACTION = "The card asks for a further step, which is not offered here. Try another card."


class Stripe:
    """`line` carries what is said; `clock` tells seconds that only ever grow."""

    name = "stripe"

    def __init__(
        self, engine: Engine, line: Line, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._line = line
        self._clock = clock

    def accepts(self, token: str) -> bool:
        return token.startswith("pm_")

    def check(self, connection: Connection) -> None:
        """What it comes to is known when it is asked, and not before."""

    def admitted(self, connection: Connection | None = None) -> Self:  # noqa: ARG002
        return self

    def charge(self, key: str, amount_cents: int, currency: str, token: str) -> Answer:
        asked = (amount_cents, currency)
        kept = kept_intents.find(self._engine, key)
        is_new = kept is None
        if kept is None:
            began = self._clock()
            try:
                kept = self._keep_new(key, amount_cents, currency, token)
            except CardUnusable as unusable:
                return Answer.declined(unusable.detail)
            self._check_patience(began)
        if kept.intent_id is None:
            return Answer.cancelled()
        if (kept.amount_cents, kept.currency) != asked:
            raise ProviderRefused(f"The key {key} was used for another charge.")
        if kept.amount_cents == 0:
            return _free(kept)
        # An intent from before may have been charged since: asking is safe, confirming again is
        # safe only as long as Stripe remembers the key.
        answer = None if is_new else self._look(kept.intent_id)
        return answer or self._confirm(key, kept.intent_id)

    def find(self, key: str) -> Answer | None:
        kept = kept_intents.find(self._engine, key)
        if kept is None:
            return None
        if kept.intent_id is None:
            return Answer.cancelled()
        return _free(kept) if kept.amount_cents == 0 else self._look(kept.intent_id)

    def cancel(self, key: str) -> Answer:
        kept = kept_intents.keep(self._engine, key, REFUSAL)
        if kept.intent_id is None:
            return Answer.cancelled()
        return _free(kept) if kept.amount_cents == 0 else self._cancel(kept.intent_id)

    def refund(self, refund_key: str, charge_key: str, amount_cents: int) -> str:
        kept = kept_intents.find(self._engine, charge_key)
        if kept is None or kept.intent_id is None:
            raise ProviderRefused(f"{charge_key} never had an intent.")
        if amount_cents == 0:
            return f"free_{refund_key}"
        began = self._clock()
        try:
            # Stripe forgets keys after a day, and a refund may be asked for again after that.
            known = self._line.find_refund(refund_key, kept.intent_id)
            if known is not None:
                return known
            self._check_patience(began)
            return self._line.refund(refund_key, kept.intent_id, amount_cents)
        except IntentRefused as refusal:
            raise ProviderRefused(refusal.detail) from refusal

    def _keep_new(self, key: str, amount_cents: int, currency: str, token: str) -> Kept:
        """Raises CardUnusable, ProviderRefused or ProviderUnavailable."""
        if amount_cents == 0:
            wanted = Kept(f"free_{key}", 0, currency)
        else:
            if not self.accepts(token):
                raise CardUnusable("This is no card of the payment provider's.")
            try:
                intent = self._line.create(key, amount_cents, currency, token)
            except IntentRefused as refusal:
                raise ProviderRefused(refusal.detail) from refusal
            wanted = Kept(intent.intent_id, amount_cents, currency)
        return kept_intents.keep(self._engine, key, wanted)

    def _confirm(self, key: str, intent_id: str) -> Answer:
        try:
            answer = self._answer(self._line.confirm(key, intent_id))
        except IntentRefused:
            # Somebody else has confirmed or cancelled it meanwhile.
            answer = self._look(intent_id)
        if answer is None:
            raise ProviderRefused(f"{intent_id} would neither charge nor say why.")
        return answer

    def _look(self, intent_id: str) -> Answer | None:
        return self._answer(self._retrieve(intent_id))

    def _retrieve(self, intent_id: str) -> Intent:
        try:
            return self._line.retrieve(intent_id)
        except IntentRefused as refusal:
            # One that we have stored; another account's key, say, would do that.
            raise ProviderRefused(refusal.detail) from refusal

    def _cancel(self, intent_id: str) -> Answer:
        try:
            intent = self._line.cancel(intent_id)
        except IntentRefused:
            # It is too late, or somebody else was quicker.
            intent = self._retrieve(intent_id)
        answer = None if intent.status == line.REQUIRES_ACTION else self._answer(intent)
        if answer is None:
            raise ProviderRefused(f"{intent_id} is {intent.status} and would not be cancelled.")
        return answer

    def _answer(self, intent: Intent) -> Answer | None:
        """What became of it; None as long as nothing has. Raises ProviderInProgress."""
        match intent.status:
            case line.SUCCEEDED:
                return Answer.captured(intent.intent_id, intent.amount_cents, intent.currency)
            case line.CANCELED:
                # A decline came before, if there was one.
                declined = intent.declined
                return Answer.declined(declined) if declined else Answer.cancelled()
            case line.PROCESSING:
                raise ProviderInProgress.retry_after(5, "Stripe is still working on it.")
            case line.REQUIRES_ACTION:
                return self._decline_action(intent)
            case line.REQUIRES_PAYMENT_METHOD if intent.declined:
                return Answer.declined(intent.declined)
            case line.REQUIRES_CONFIRMATION | line.REQUIRES_PAYMENT_METHOD:
                return None
            case unknown:
                raise ProviderRefused(f"{intent.intent_id} is {unknown}, which we never ask for.")

    def _decline_action(self, intent: Intent) -> Answer:
        """Our contract has no second step, so it must not be taken later on either."""
        answer = self._cancel(intent.intent_id)
        return Answer.declined(_NEEDS_ACTION) if answer == Answer.cancelled() else answer

    def _check_patience(self, began: float) -> None:
        if self._clock() - began > PATIENCE_SECONDS:
            raise ProviderUnavailable.retry_after(1, "Stripe is slow; nothing was moved yet.")


def _free(kept: Kept) -> Answer:
    """Stripe takes no charge of nothing, and nobody need be asked."""
    return Answer.captured(str(kept.intent_id), 0, kept.currency)
