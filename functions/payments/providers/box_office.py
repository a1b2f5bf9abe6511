"""The box office: money that an organizer has taken by hand before telling us.

There is nobody to ask and nothing to take back: every charge was captured before it was recorded,
and a refund is paid out over the same counter.
"""

from typing import Self

from sqlalchemy import Connection

from functions.payments.domain import BOX_OFFICE
from functions.payments.providers.port import Answer


class BoxOffice:
    name = BOX_OFFICE

    def accepts(self, token: str) -> bool:
        return token == BOX_OFFICE

    def check(self, connection: Connection) -> None:
        """It is never away."""

    def admitted(self, connection: Connection | None = None) -> Self:  # noqa: ARG002
        return self

    def charge(self, key: str, amount_cents: int, currency: str, token: str) -> Answer:  # noqa: ARG002
        return Answer.captured(key, amount_cents, currency)

    def find(self, key: str) -> Answer | None:
        return Answer.captured(key)

    def cancel(self, key: str) -> Answer:
        return Answer.captured(key)

    def refund(self, refund_key: str, charge_key: str, amount_cents: int) -> str:  # noqa: ARG002
        return refund_key
