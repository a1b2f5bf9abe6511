"""A provider behind its breaker: while it is known to be away, nobody waits for it."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from functions.payments.domain import ProviderInProgress, ProviderRefused, ProviderUnavailable
from functions.payments.providers.breaker import Breaker, Pass
from functions.payments.providers.port import Answer, Provider

Word = TypeVar("Word")


class Guarded:
    """Asks the provider if the breaker lets it, and tells the breaker how that went."""

    def __init__(self, provider: Provider, breaker: Breaker, leave: Pass | None = None) -> None:
        self.name = provider.name
        self._provider = provider
        self._breaker = breaker
        self._leave = leave

    def check(self, connection: Connection) -> None:
        self._breaker.check(connection)

    def admitted(self, connection: Connection | None = None) -> "Guarded":
        return Guarded(self._provider, self._breaker, self._breaker.admit(connection))

    def accepts(self, token: str) -> bool:
        return self._provider.accepts(token)

    def charge(self, key: str, amount_cents: int, currency: str, token: str) -> Answer:
        return self._ask(lambda: self._provider.charge(key, amount_cents, currency, token))

    def find(self, key: str) -> Answer | None:
        return self._ask(lambda: self._provider.find(key))

    def cancel(self, key: str) -> Answer:
        return self._ask(lambda: self._provider.cancel(key))

    def refund(self, refund_key: str, charge_key: str, amount_cents: int) -> str:
        return self._ask(lambda: self._provider.refund(refund_key, charge_key, amount_cents))

    def _ask(self, question: Callable[[], Word]) -> Word:
        leave = self._leave or self._breaker.admit()
        try:
            answer = question()
        except (ProviderInProgress, ProviderRefused):
            # Not what was hoped for, but an answer.
            self._breaker.succeeded(leave)
            raise
        except ProviderUnavailable:
            self._breaker.failed(leave)
            raise
        self._breaker.succeeded(leave)
        return answer
