"""Our books against a provider's own account: each difference, by its name."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from sqlalchemy import Engine

from functions.payments.providers.statement import Stated, Statement
from functions.payments.store import entries
from functions.payments.store.entries import Entries, Entry
from functions.shared.postgres import transaction

# By which a provider's clock may be behind ours.
SKEW: Final = timedelta(minutes=5)


class Kind(StrEnum):
    ONLY_THERE = "only-there"
    ONLY_HERE = "only-here"
    TWICE_THERE = "twice-there"
    AMOUNT = "amount-differs"
    CURRENCY = "currency-differs"
    OTHER_CHARGE = "of-another-charge"


class Difference(NamedTuple):
    """`what` is a charge or a refund, `key` ours, `transaction_id` the provider's name for it."""

    what: str
    kind: Kind
    provider: str
    message: str
    key: str | None
    transaction_id: str | None = None
    order_id: str | None = None
    payment_id: str | None = None

    @property
    def name(self) -> str:
        return f"{self.what}-{self.kind}"

    def __str__(self) -> str:
        known = {
            "order": self.order_id,
            "payment": self.payment_id,
            "key": self.key,
            "transaction": self.transaction_id,
        }
        ids = " ".join(f"{name}={each}" for name, each in known.items() if each is not None)
        return f"{self.name}: {self.provider}: {self.message} ({ids})"


class Compared(NamedTuple):
    """How many charges and refunds the provider's account had, and what is different."""

    charges: int
    refunds: int
    differences: list[Difference]


class _Page(NamedTuple):
    """One kind of entry in both books."""

    what: str
    provider: str
    ours: Entries
    stated: list[Stated]


def compare(
    engine: Engine, statement: Statement, since: datetime | None, now: datetime, grace: timedelta
) -> Compared:
    """Everything since a moment, or ever, ours and the provider's. Raises ProviderUnavailable.

    Ours is read first. So what we know to be done must be in an account that is read after it. What
    only the account has may be under way; it counts once it is older than a grace.
    """
    with transaction(engine) as connection:
        charges = entries.charges_since(connection, statement.provider, since)
        refunds = entries.refunds_since(connection, statement.provider, since)
    theirs_since = since - SKEW if since else None
    charged = _Page("charge", statement.provider, charges, [*statement.charges(theirs_since)])
    refunded = _Page("refund", statement.provider, refunds, [*statement.refunds(theirs_since)])
    # The account may have what we had begun long before: a refund that was parked, say.
    with transaction(engine) as connection:
        older_charges = entries.charges_of(connection, _unknown(charged))
        older_refunds = entries.refunds_of(connection, _unknown(refunded))
    differences = [
        *_only_here(charged),
        *_only_here(refunded),
        *_stated(charged._replace(ours=charges | older_charges), now - grace),
        *_stated(refunded._replace(ours=refunds | older_refunds), now - grace),
    ]
    return Compared(len(charged.stated), len(refunded.stated), sorted(differences, key=str))


def _unknown(page: _Page) -> set[str]:
    return {stated.key for stated in page.stated if stated.key} - page.ours.keys()


def _only_here(page: _Page) -> Iterator[Difference]:
    known_there = {stated.key for stated in page.stated}
    for entry in page.ours.values():
        # Nothing is nothing, and some providers are not even asked for it.
        if entry.is_done and entry.amount_cents > 0 and entry.key not in known_there:
            message = f"it knows nothing of {_money(entry)} that are {entry.status} here"
            yield _difference(page, Kind.ONLY_HERE, message, entry, None)


def _stated(page: _Page, settled_before: datetime) -> Iterator[Difference]:
    times = Counter(stated.key for stated in page.stated)
    for stated in page.stated:
        entry = page.ours.get(stated.key) if stated.key else None
        if entry is None or not entry.is_done:
            if stated.at <= settled_before:
                here = "unknown" if entry is None else entry.status
                message = f"it moved {_money(stated)} that are {here} here"
                yield _difference(page, Kind.ONLY_THERE, message, entry, stated)
            continue
        if times[stated.key] > 1:
            message = f"it moved {_money(stated)} as one of {times[stated.key]} for the same key"
            yield _difference(page, Kind.TWICE_THERE, message, entry, stated)
        if stated.amount_cents != entry.amount_cents:
            message = f"it moved {_money(stated)}, we {_money(entry)}"
            yield _difference(page, Kind.AMOUNT, message, entry, stated)
        if stated.currency != entry.currency:
            message = f"it moved {_money(stated)}, we {_money(entry)}"
            yield _difference(page, Kind.CURRENCY, message, entry, stated)
        if stated.charge_key not in (None, entry.charge_key):
            message = f"it took it from {stated.charge_key}, we from {entry.charge_key}"
            yield _difference(page, Kind.OTHER_CHARGE, message, entry, stated)


def _money(moved: Entry | Stated) -> str:
    return f"{moved.amount_cents} {moved.currency}"


def _difference(
    page: _Page, kind: Kind, message: str, entry: Entry | None, stated: Stated | None
) -> Difference:
    return Difference(
        page.what,
        kind,
        page.provider,
        message,
        key=entry.key if entry else stated and stated.key,
        transaction_id=stated and stated.transaction_id,
        order_id=entry and entry.order_id,
        payment_id=entry and entry.payment_id,
    )
