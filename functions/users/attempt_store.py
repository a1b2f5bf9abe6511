"""The table of attempts: the only file that knows it and its SQL.

A row is one key's newest attempts, newest first, as many as its limit allows.
"""

from datetime import datetime

from sqlalchemy import Column, Connection, DateTime, LargeBinary, Table, delete, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, array, insert

from functions.users.domain import Limit
from functions.users.store import metadata

_INSTANT = DateTime(timezone=True)

attempts = Table(
    "attempts",
    metadata,
    Column("attempt_key", LargeBinary, primary_key=True),
    Column("attempted_at", ARRAY(_INSTANT), nullable=False),
    Column("expires_at", _INSTANT, nullable=False, index=True),
)


def record_attempt(connection: Connection, key: bytes, limit: Limit, now: datetime) -> bool:
    """Whether there may be one more; then it is written down.

    The condition is part of the write: of however many at once, no more than the limit pass.
    """
    before = attempts.c.attempted_at
    # The oldest that still counts, if there are as many as may be.
    earliest = before[limit.most]
    together = func.array_prepend(now, before, type_=ARRAY(_INSTANT))
    row = insert(attempts).values(
        attempt_key=key, attempted_at=array([now]), expires_at=now + limit.period
    )
    change = row.on_conflict_do_update(
        index_elements=[attempts.c.attempt_key],
        set_={"attempted_at": together[1 : limit.most], "expires_at": now + limit.period},
        where=or_(earliest.is_(None), earliest <= now - limit.period),
    )
    return connection.execute(change.returning(attempts.c.attempt_key)).one_or_none() is not None


def possible_again(connection: Connection, key: bytes, limit: Limit, now: datetime) -> datetime:
    """When the next attempt may be made."""
    query = select(attempts.c.attempted_at[limit.most]).where(attempts.c.attempt_key == key)
    earliest = connection.execute(query).scalar_one_or_none()
    return now if earliest is None else earliest + limit.period


def forget_attempts(connection: Connection, key: bytes) -> None:
    connection.execute(delete(attempts).where(attempts.c.attempt_key == key))
