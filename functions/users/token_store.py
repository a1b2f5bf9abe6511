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
    delete,
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
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
)


class RefreshToken(NamedTuple):
    """A token by its SHA-256. All that descend from one sign-in are a family."""

    token_hash: bytes
    family_id: UUID
    user_id: int


def insert_token(
    connection: Connection, token: RefreshToken, expires_at: datetime, now: datetime
) -> None:
    """The user's expired tokens are swept up on the way."""
    expired = (refresh_tokens.c.user_id == token.user_id, refresh_tokens.c.expires_at <= now)
    connection.execute(delete(refresh_tokens).where(*expired))
    row = {**token._asdict(), "issued_at": now, "expires_at": expires_at}
    connection.execute(insert(refresh_tokens).values(row))


def find_owner(connection: Connection, token_hash: bytes) -> int | None:
    """The user id the token was issued to, whether or not it can still be used."""
    query = select(refresh_tokens.c.user_id).where(refresh_tokens.c.token_hash == token_hash)
    return connection.execute(query).scalar_one_or_none()


def use_token(connection: Connection, token_hash: bytes, now: datetime) -> RefreshToken | None:
    """Use the token up. Of two at once one gets it; None for any that can't be used."""
    usable = (
        refresh_tokens.c.token_hash == token_hash,
        refresh_tokens.c.used_at.is_(None),
        refresh_tokens.c.revoked_at.is_(None),
        refresh_tokens.c.expires_at > now,
    )
    kept = [refresh_tokens.c[name] for name in RefreshToken._fields]
    change = update(refresh_tokens).where(*usable).values(used_at=now).returning(*kept)
    row = connection.execute(change).one_or_none()
    return None if row is None else RefreshToken(*row)


def revoke_token(connection: Connection, token_hash: bytes, user_id: int, now: datetime) -> None:
    """If it is this user's."""
    _revoke(
        connection,
        (refresh_tokens.c.token_hash == token_hash) & (refresh_tokens.c.user_id == user_id),
        now,
    )


def revoke_tokens(connection: Connection, user_id: int, now: datetime) -> None:
    """All of this user's."""
    _revoke(connection, refresh_tokens.c.user_id == user_id, now)


def _revoke(connection: Connection, which: ColumnElement[bool], now: datetime) -> None:
    live = which & refresh_tokens.c.revoked_at.is_(None)
    connection.execute(update(refresh_tokens).where(live).values(revoked_at=now))
