"""What we ask of a payment provider. Every adapter promises the same, whoever is behind it."""

from typing import NamedTuple, Protocol, Self

from sqlalchemy import Connection

from functions.payments.domain import Outcome


class Answer(NamedTuple):
    """What became of a charge, for certain; never UNKNOWN (that is ProviderUnavailable, raised).

    `amount_cents` and `currency` are what the provider says it took; None where it did not say.
    """

    outcome: Outcome
    transaction_id: str | None = None
    reason: str | None = None
    amount_cents: int | None = None
    currency: str | None = None

    @classmethod
    def captured(
        cls, transaction_id: str, amount_cents: int | None = None, currency: str | None = None
    ) -> Self:
        return cls(
            Outcome.CAPTURED,
            transaction_id=transaction_id,
            amount_cents=amount_cents,
            currency=currency,
        )

    @classmethod
    def declined(cls, reason: str) -> Self:
        return cls(Outcome.DECLINED, reason=reason)

    @classmethod
    def cancelled(cls) -> Self:
        return cls(Outcome.CANCELLED, reason="given up before it was charged")


class Provider(Protocol):
    """Keys are ours and permanent: the same key is the same charge, or refund, for ever.

    Every call raises ProviderUnavailable when no answer came, and then may or may not have had its
    effect; asking again with the same key is safe, and is how to find out.
    """

    name: str

    def accepts(self, token: str) -> bool:
        """Whether a token is one of this provider's at all; asks nobody."""

    def check(self, connection: Connection) -> None:
        """Raises ProviderUnavailable while it is known to be away, as seen through this
        `connection`; asks nobody.
        """

    def admitted(self, connection: Connection | None = None) -> "Provider":
        """Itself, to be asked one question now, which must then be asked: of a provider that was
        away it may be the only one. Raises ProviderUnavailable while it is known to be away, as
        seen through this `connection`, if one is open already.
        """

    def charge(self, key: str, amount_cents: int, currency: str, token: str) -> Answer:
        """Take the money, once for a key. A key that was cancelled is refused: CANCELLED."""

    def find(self, key: str) -> Answer | None:
        """What became of the charge with this key; None if it has not come, or not yet."""

    def cancel(self, key: str) -> Answer:
        """See that this key never charges from now on: CANCELLED, or what came before."""

    def refund(self, refund_key: str, charge_key: str, amount_cents: int) -> str:
        """Give back part or all of a charge, once for a refund key; the provider's id of it."""
