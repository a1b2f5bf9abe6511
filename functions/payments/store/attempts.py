"""Attempts to charge: numbered for each payment, at most one of them unresolved.

What a charge executes is built once, as in `payments.py`.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Executable,
    RowMapping,
    bindparam,
    func,
    insert,
    select,
    update,
)

from functions.payments.domain import Attempt, Outcome, Payment, attempt_key_of
from functions.payments.providers.port import Answer
from functions.payments.store.tables import attempts, payments

_ITS_PAYMENT: Final = payments.c.payment_id == bindparam("its_payment")
_ITS_KEY: Final = attempts.c.attempt_key == bindparam("its_key")
_OF_PAYMENT: Final = select(attempts).where(attempts.c.payment_id == bindparam("its_payment"))
_READ: Final = select(attempts).where(_ITS_KEY)
_ASKED: Final = _OF_PAYMENT.where(attempts.c.asked_as == bindparam("asked"))
_OPEN: Final = _OF_PAYMENT.where(attempts.c.outcome == Outcome.UNKNOWN)
_BEGIN: Final = insert(attempts)
_COUNT: Final = update(payments).where(_ITS_PAYMENT)
_TELL: Final = _COUNT.where(payments.c.attempts == bindparam("its_number"))
_CLOSE: Final = update(attempts).where(_ITS_KEY).returning(attempts)
# What was captured was captured, even if it came after we had been told otherwise.
_CAPTURE: Final = _CLOSE.where(attempts.c.outcome != Outcome.CAPTURED)
_GIVE_UP: Final = _CLOSE.where(attempts.c.outcome == Outcome.UNKNOWN)


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
    connection.execute(_BEGIN, vars(attempt))
    begun = {
        "its_payment": payment.payment_id,
        "attempts": number,
        "last_outcome": Outcome.UNKNOWN,
        "provider": provider,
        "updated_at": now,
    }
    connection.execute(_COUNT, begun)
    return attempt


def close(
    connection: Connection, attempt: Attempt, answer: Answer, now: datetime
) -> Attempt | None:
    """Record what the provider said: the attempt as it is then, or None if it is no news."""
    closed = {
        "its_key": attempt.attempt_key,
        "outcome": answer.outcome,
        "provider_txn_id": answer.transaction_id,
        "reason": answer.reason,
        "closed_at": now,
    }
    is_capture = answer.outcome is Outcome.CAPTURED
    return _one(connection, _CAPTURE if is_capture else _GIVE_UP, closed)


def tell(connection: Connection, attempt: Attempt, now: datetime) -> None:
    """Have its payment show how this attempt ended, if it is the newest."""
    newest = {
        "its_payment": attempt.payment_id,
        "its_number": attempt.number,
        "last_outcome": attempt.outcome,
        "updated_at": now,
    }
    connection.execute(_TELL, newest)


def get(connection: Connection, attempt_key: str) -> Attempt:
    """An attempt that must be there."""
    return _attempt(connection.execute(_READ, {"its_key": attempt_key}).mappings().one())


def find(connection: Connection, attempt_key: str) -> Attempt | None:
    return _one(connection, _READ, {"its_key": attempt_key})


def find_asked(connection: Connection, payment_id: str, asked_as: str) -> Attempt | None:
    """The attempt that this very request made before."""
    return _one(connection, _ASKED, {"its_payment": payment_id, "asked": asked_as})


def find_open(connection: Connection, payment_id: str) -> Attempt | None:
    return _one(connection, _OPEN, {"its_payment": payment_id})


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


def _one(connection: Connection, query: Executable, given: dict[str, Any]) -> Attempt | None:
    row = connection.execute(query, given).mappings().one_or_none()
    return _attempt(row) if row else None


def _attempt(row: RowMapping) -> Attempt:
    return Attempt(**{**row, "outcome": Outcome(row["outcome"])})
