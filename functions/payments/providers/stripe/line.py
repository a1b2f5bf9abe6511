"""What we say to Stripe and what it says back, whoever carries it."""

from typing import Final, NamedTuple, Protocol

from functions.shared.problems import Conflict

# https://docs.stripe.com/payments/paymentintents/lifecycle
SUCCEEDED: Final = "succeeded"
CANCELED: Final = "canceled"
PROCESSING: Final = "processing"
REQUIRES_ACTION: Final = "requires_action"
REQUIRES_CONFIRMATION: Final = "requires_confirmation"
REQUIRES_PAYMENT_METHOD: Final = "requires_payment_method"


class IntentRefused(Conflict):
    """Stripe says that this can't be asked of that intent, or not like this; nothing was done."""

    title = "Stripe refused the request"


class CardUnusable(Conflict):
    """Nothing can be charged like this; the detail is fit for the customer."""

    title = "This card can't be charged"


class Intent(NamedTuple):
    """A PaymentIntent. `declined` is why its last confirmation failed, fit for the customer;
    `amount_cents` is what it took once it succeeded, and what it asks for until then.
    """

    intent_id: str
    status: str
    amount_cents: int | None = None
    currency: str | None = None
    declined: str | None = None


class Line(Protocol):
    """Each call is one request to Stripe. Raises ProviderUnavailable when no answer came (then it
    may or may not have had its effect), IntentRefused when Stripe would not do it.

    With a key, asking again within a day is the same request, answered alike.
    """

    def create(self, key: str, amount_cents: int, currency: str, token: str) -> Intent:
        """An intent that takes nothing until it is confirmed. Also raises CardUnusable."""

    def confirm(self, key: str, intent_id: str) -> Intent:
        """Charge it. A declined card is an intent that says so."""

    def retrieve(self, intent_id: str) -> Intent: ...

    def cancel(self, intent_id: str) -> Intent:
        """See that it never charges; refused once it has, or while it is being processed."""

    def find_refund(self, key: str, intent_id: str) -> str | None:
        """The id of the refund that was made of an intent with this key."""

    def refund(self, key: str, intent_id: str, amount_cents: int) -> str:
        """Give back a part of what an intent took; the refund's id."""
