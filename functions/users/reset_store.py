"""The table of password resets: the only file that knows it and its SQL."""

from datetime import datetime

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    delete,
    insert,
    select,
)

from functions.users.store import metadata

password_resets = Table(
    "password_resets",
    metadata,
    # The SHA-256 of a token, which only its mail has.
    Column("token_hash", LargeBinary, primary_key=True),
    Column("user_id", Integer, ForeignKey("users.user_id"), nullable=False, index=True),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
)


def insert_reset(
    connection: Connection, token_hash: bytes, user_id: int, expires_at: datetime
) -> None:
    row = {"token_hash": token_hash, "user_id": user_id, "expires_at": expires_at}
    connection.execute(insert(password_resets).values(row))


def find_reset(connection: Connection, token_hash: bytes, now: datetime) -> int | None:
    """The user id it was mailed to; None once it is used or over."""
    live = (password_resets.c.token_hash == token_hash, password_resets.c.expires_at > now)
    query = select(password_resets.c.user_id).where(*live)
    return connection.execute(query).scalar_one_or_none()


def use_reset(connection: Connection, token_hash: bytes, now: datetime) -> bool:
    """Use it up. Of two at once, one gets it."""
    live = (password_resets.c.token_hash == token_hash, password_resets.c.expires_at > now)
    return connection.execute(delete(password_resets).where(*live)).rowcount == 1


def delete_resets(connection: Connection, user_id: int) -> None:
    """All of this user's."""
    connection.execute(delete(password_resets).where(password_resets.c.user_id == user_id))
