"""The table of refresh tokens: the only file that knows it and its SQL."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Uuid,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from functions.users.store import metadata

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("family_id", Uuid, nullable=False, index=True),
    Column("user_id", Integer, ForeignKey("users.user_id"), nullable=False, index=True),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
    Column("used_at", DateTime(timezone=True)),
    # The token that its last use gave.
    Column("successor_hash", LargeBinary),
    Column("revoked_at", DateTime(timezone=True)),
)


class RefreshToken(NamedTuple):
    """A token by its SHA-256. All that descend from one sign-in are a family."""

    token_hash: bytes
    family_id: UUID
    user_id: int
    expires_at: datetime
    used_at: datetime | None = None
    successor_hash: bytes | None = None
    revoked_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Whether it can be used."""
        return self.used_at is None and self.revoked_at is None and now < self.expires_at


_TOKEN = [refresh_tokens.c[name] for name in RefreshToken._fields]


def insert_token(connection: Connection, token: RefreshToken, now: datetime) -> None:
    connection.execute(insert(refresh_tokens).values(**token._asdict(), issued_at=now))


def find_token(connection: Connection, token_hash: bytes) -> RefreshToken | None:
    """Whether or not it can still be used."""
    query = select(*_TOKEN).where(refresh_tokens.c.token_hash == token_hash)
    row = connection.execute(query).one_or_none()
    return None if row is None else RefreshToken(*row)


class SessionTimes(NamedTuple):
    """Of a session that has left any trace: since when, until when, and when it ended if it did."""

    started_at: datetime
    renewed_at: datetime
    expires_at: datetime
    ended_at: datetime | None


def list_sessions(connection: Connection, user_id: int) -> list[SessionTimes]:
    """A user's sessions, oldest first: each family of tokens is one."""
    token = refresh_tokens.c
    # Over as soon as no token of it is left to go on by.
    usable = token.used_at.is_(None) & token.revoked_at.is_(None)
    ended = case((func.bool_or(usable), None), else_=func.max(token.revoked_at))
    query = (
        select(
            func.min(token.issued_at),
            func.max(token.issued_at),
            func.max(token.expires_at),
            ended,
        )
        .where(token.user_id == user_id)
        .group_by(token.family_id)
        .order_by(func.min(token.issued_at), token.family_id)
    )
    return [SessionTimes(*row) for row in connection.execute(query)]


def use_token(
    connection: Connection, token_hash: bytes, successor_hash: bytes, used_at: datetime
) -> None:
    """It has been used, and this came of it."""
    change = update(refresh_tokens).where(refresh_tokens.c.token_hash == token_hash)
    connection.execute(change.values(used_at=used_at, successor_hash=successor_hash))


def revoke_token(connection: Connection, token_hash: bytes, now: datetime) -> None:
    """This one alone."""
    _revoke(connection, refresh_tokens.c.token_hash == token_hash, now)


def revoke_family(connection: Connection, family_id: UUID, now: datetime) -> int:
    """All that descend from the same sign-in; how many that ended."""
    return _revoke(connection, refresh_tokens.c.family_id == family_id, now)


def revoke_tokens(connection: Connection, user_id: int, now: datetime) -> None:
    """All of this user's."""
    _revoke(connection, refresh_tokens.c.user_id == user_id, now)


def delete_tokens(connection: Connection, user_id: int) -> None:
    """All of this user's: an account that is no more has nothing to know them for."""
    connection.execute(delete(refresh_tokens).where(refresh_tokens.c.user_id == user_id))


def _revoke(connection: Connection, which: ColumnElement[bool], now: datetime) -> int:
    live = which & refresh_tokens.c.revoked_at.is_(None)
    return connection.execute(update(refresh_tokens).where(live).values(revoked_at=now)).rowcount
