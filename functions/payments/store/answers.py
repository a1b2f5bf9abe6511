"""Kept answers: one row a caller, operation and Idempotency-Key, written before anything is done.

A row without an answer is a request in flight, until `locked_until`; whoever comes after that may
take it up, because all that a request does is fenced by its key again.
"""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from functions.payments.store.tables import kept_answers as answers
from functions.shared.problems import IdempotencyKeyReused, RequestInProgress

# Longer than any request may run (API Gateway ends it at 29 s).
LOCK = timedelta(seconds=30)

# Built once, as in `payments.py`.
_OURS: Final = and_(
    answers.c.user_id == bindparam("whose"),
    answers.c.operation == bindparam("what"),
    answers.c.key == bindparam("which"),
)
_CLAIM: Final = insert(answers).on_conflict_do_nothing()
_LOCK: Final = select(answers).where(_OURS).with_for_update()
_IS_KNOWN: Final = select(answers.c.key).where(_OURS)
_CHANGE: Final = update(answers).where(_OURS)
_KEEP: Final = _CHANGE.where(answers.c.status.is_(None))
_FORGET: Final = delete(answers).where(_OURS, answers.c.status.is_(None))


class Scope(NamedTuple):
    """Whose key it is, and for what."""

    user_id: int
    operation: str
    key: str


class KeptAnswer(NamedTuple):
    status: int
    content_type: str
    body: str


def claim(
    connection: Connection, scope: Scope, request_hash: str, now: datetime
) -> KeptAnswer | None:
    """The first answer, or None for whoever is to make it now.

    Raises IdempotencyKeyReused for another body, RequestInProgress while somebody is at it.
    """
    row = {"request_hash": request_hash, "started_at": now, "locked_until": now + LOCK}
    if connection.execute(_CLAIM, scope._asdict() | row).rowcount == 1:
        return None
    known = connection.execute(_LOCK, _at(scope)).one_or_none()
    if known is None:
        # Refused in this moment, and forgotten: nothing was done under this key.
        raise RequestInProgress("The same request has just ended; send it again.", retryAfter=1)
    if known.request_hash != request_hash:
        raise IdempotencyKeyReused("Use a new Idempotency-Key for another request.")
    if known.status is not None:
        return KeptAnswer(known.status, known.content_type, known.body)
    if known.locked_until > now:
        raise RequestInProgress("The same request is still running; ask again.", retryAfter=1)
    connection.execute(_CHANGE, _at(scope) | {"locked_until": now + LOCK})
    return None


def is_known(connection: Connection, scope: Scope) -> bool:
    """Whether it was asked before, answered or not."""
    return connection.execute(_IS_KNOWN, _at(scope)).one_or_none() is not None


def keep(connection: Connection, scope: Scope, answer: KeptAnswer) -> None:
    """Make this the answer to every repetition, unless one is kept already."""
    connection.execute(_KEEP, _at(scope) | answer._asdict())


def unlock(connection: Connection, scope: Scope, now: datetime) -> None:
    """Let the same request be tried again at once; another body stays refused."""
    connection.execute(_CHANGE, _at(scope) | {"locked_until": now})


def forget(connection: Connection, scope: Scope) -> None:
    """As if it had never been asked: it was refused before anything was done."""
    connection.execute(_FORGET, _at(scope))


def forget_before(connection: Connection, moment: datetime) -> None:
    connection.execute(delete(answers).where(answers.c.started_at < moment))


def _at(scope: Scope) -> dict[str, Any]:
    return {"whose": scope.user_id, "what": scope.operation, "which": scope.key}
