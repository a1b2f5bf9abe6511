"""A provider's own account of what it has taken and given back, whatever our books say."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, Protocol


class Stated(NamedTuple):
    """Money taken, or given back (or on its way). `key` is the one that we asked with, and
    `charge_key` that of the charge which a refund is taken from; None where it knows of none.
    """

    key: str | None
    transaction_id: str
    amount_cents: int
    currency: str
    at: datetime
    charge_key: str | None = None


class Statement(Protocol):
    """Both go through all there is since a moment, or ever, in any order.

    Raise ProviderUnavailable.
    """

    provider: str

    def charges(self, since: datetime | None) -> Iterator[Stated]: ...

    def refunds(self, since: datetime | None) -> Iterator[Stated]: ...
