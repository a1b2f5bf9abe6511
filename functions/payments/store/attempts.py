"""Attempts to charge: numbered for each payment, at most one of them unresolved."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Executable, RowMapping, func, insert, select, update

from functions.payments.domain import Attempt, Outcome, Payment, attempt_key_of
from functions.payments.providers.port import Answer
from functions.payments.store.tables import attempts, payments


def begin(
    connection: Connection,
    payment: Payment,
    *,
    asked_as: str,
    provider: str,
    token: str,
    now: datetime,
) -> Attempt:
    """The payment's next attempt, unresolved. The payment must be locked.

    `asked_as` is what the same request would say again, so that a retry finds its own attempt.
    """
    number = payment.attempts + 1
    attempt = Attempt(
        attempt_key=attempt_key_of(payment.order_id, number),
        payment_id=payment.payment_id,
        number=number,
        asked_as=asked_as,
        provider=provider,
        token=token,
        outcome=Outcome.UNKNOWN,
        provider_txn_id=None,
        reason=None,
        started_at=now,
        closed_at=None,
    )
    connection.execute(insert(attempts).values(vars(attempt)))
    connection.execute(
        update(payments)
        .where(payments.c.payment_id == payment.payment_id)
        .values(attempts=number, last_outcome=Outcome.UNKNOWN, provider=provider, updated_at=now)
    )
    return attempt


def close(
    connection: Connection, attempt: Attempt, answer: Answer, now: datetime
) -> Attempt | None:
    """Record what the provider said: the attempt as it is then, or None if it is no news.

    What was captured was captured, even if it came after we had been told otherwise.
    """
    news = attempts.c.outcome == Outcome.UNKNOWN
    if answer.outcome is Outcome.CAPTURED:
        news = attempts.c.outcome != Outcome.CAPTURED
    closed = (
        update(attempts)
        .where(attempts.c.attempt_key == attempt.attempt_key, news)
        .values(
            outcome=answer.outcome,
            provider_txn_id=answer.transaction_id,
            reason=answer.reason,
            closed_at=now,
        )
        .returning(attempts)
    )
    recorded = _one(connection, closed)
    if recorded is None:
        return None
    newest = update(payments).where(
        payments.c.payment_id == attempt.payment_id, payments.c.attempts == attempt.number
    )
    connection.execute(newest.values(last_outcome=answer.outcome, updated_at=now))
    return recorded


def get(connection: Connection, attempt_key: str) -> Attempt:
    """An attempt that must be there."""
    query = select(attempts).where(attempts.c.attempt_key == attempt_key)
    return _attempt(connection.execute(query).mappings().one())


def find(connection: Connection, attempt_key: str) -> Attempt | None:
    return _one(connection, select(attempts).where(attempts.c.attempt_key == attempt_key))


def find_asked(connection: Connection, payment_id: str, asked_as: str) -> Attempt | None:
    """The attempt that this very request made before."""
    asked = select(attempts).where(
        attempts.c.payment_id == payment_id, attempts.c.asked_as == asked_as
    )
    return _one(connection, asked)


def find_open(connection: Connection, payment_id: str) -> Attempt | None:
    unresolved = select(attempts).where(
        attempts.c.payment_id == payment_id, attempts.c.outcome == Outcome.UNKNOWN
    )
    return _one(connection, unresolved)


def list_open(connection: Connection, started_before: datetime, limit: int) -> list[Attempt]:
    """Unresolved attempts of any payment: some, by lot.

    One that nobody can resolve would else be asked for every time, and the others never.
    """
    unresolved = (
        select(attempts)
        .where(attempts.c.outcome == Outcome.UNKNOWN, attempts.c.started_at <= started_before)
        .order_by(func.random())
        .limit(limit)
    )
    return [_attempt(row) for row in connection.execute(unresolved).mappings()]


def list_of(connection: Connection, payment_ids: Collection[str]) -> list[Attempt]:
    """Each attempt at these payments, in order."""
    made = select(attempts).where(attempts.c.payment_id.in_(payment_ids))
    in_order = made.order_by(attempts.c.payment_id, attempts.c.number)
    return [_attempt(row) for row in connection.execute(in_order).mappings()]


def _one(connection: Connection, query: Executable) -> Attempt | None:
    row = connection.execute(query).mappings().one_or_none()
    return _attempt(row) if row else None


def _attempt(row: RowMapping) -> Attempt:
    return Attempt(**{**row, "outcome": Outcome(row["outcome"])})
