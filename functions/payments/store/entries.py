"""Our books as entries that a provider must have too: what it charged and what it gave back."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ARRAY, ColumnElement, Connection, Select, String, any_, literal, select

from functions.payments.domain import Outcome, RefundStatus
from functions.payments.store.tables import attempts, payments, refunds


class Entry(NamedTuple):
    """An attempt to charge, or a refund: `status` is what became of it, `is_done` whether money was
    moved, as far as we know. Only a refund has a `charge_key`.
    """

    key: str
    order_id: str
    payment_id: str
    status: str
    is_done: bool
    amount_cents: int
    currency: str
    charge_key: str | None = None


Entries = dict[str, Entry]

_CHARGES: Final = select(
    attempts.c.attempt_key,
    payments.c.order_id,
    payments.c.payment_id,
    attempts.c.outcome,
    attempts.c.outcome == Outcome.CAPTURED,
    payments.c.amount_cents,
    payments.c.currency,
).join_from(attempts, payments, attempts.c.payment_id == payments.c.payment_id)
_REFUNDS: Final = (
    select(
        refunds.c.refund_id,
        payments.c.order_id,
        payments.c.payment_id,
        refunds.c.status,
        refunds.c.status == RefundStatus.REFUNDED,
        refunds.c.amount_cents,
        payments.c.currency,
        refunds.c.attempt_key,
    )
    .join_from(refunds, payments, refunds.c.payment_id == payments.c.payment_id)
    .join(attempts, refunds.c.attempt_key == attempts.c.attempt_key)
)


def charges_since(connection: Connection, provider: str, since: datetime | None) -> Entries:
    """By their keys: what a provider was asked for since then, or ever."""
    ours = _CHARGES.where(attempts.c.provider == provider)
    return _entries(connection, _since(ours, attempts.c.started_at, since))


def charges_of(connection: Connection, keys: Collection[str]) -> Entries:
    return _entries(connection, _CHARGES.where(_is_among(attempts.c.attempt_key, keys)))


def refunds_since(connection: Connection, provider: str, since: datetime | None) -> Entries:
    """By their keys: what a provider was to give back since then, or ever."""
    ours = _REFUNDS.where(attempts.c.provider == provider)
    return _entries(connection, _since(ours, refunds.c.created_at, since))


def refunds_of(connection: Connection, keys: Collection[str]) -> Entries:
    return _entries(connection, _REFUNDS.where(_is_among(refunds.c.refund_id, keys)))


def providers_since(connection: Connection, since: datetime | None) -> set[str]:
    """Who was asked to take or to give back money since then, or ever."""
    asked = _since(select(attempts.c.provider), attempts.c.started_at, since)
    given = select(attempts.c.provider).join_from(
        refunds, attempts, refunds.c.attempt_key == attempts.c.attempt_key
    )
    given = _since(given, refunds.c.created_at, since)
    return set(connection.execute(asked.union(given)).scalars())


def _since(query: Select[Any], at: ColumnElement[datetime], since: datetime | None) -> Select[Any]:
    return query if since is None else query.where(at >= since)


def _entries(connection: Connection, query: Select[Any]) -> Entries:
    return {row[0]: Entry(*row) for row in connection.execute(query)}


def _is_among(column: ColumnElement[str], keys: Collection[str]) -> ColumnElement[bool]:
    # One array, however many keys.
    return column == any_(literal(list(keys), ARRAY(String)))
