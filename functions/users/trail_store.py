"""The table of the audit log: the only file that knows it and its SQL. Rows are never changed."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Row,
    Table,
    Text,
    insert,
    select,
)

from functions.users.store import metadata
from functions.users.trail import Action, Author, Change, Entry, KeptEntry

audit_log = Table(
    "audit_log",
    metadata,
    Column("entry_id", BigInteger, Identity(), primary_key=True),
    Column("happened_at", DateTime(timezone=True), nullable=False),
    Column("user_id", Integer, ForeignKey("users.user_id"), nullable=False),
    Column("actor_id", Integer, ForeignKey("users.user_id")),
    Column("action", Text, nullable=False),
    Column("changes", JSON, nullable=False),
    Column("request_id", Text),
    Index("audit_log_user", "user_id", "entry_id"),
    Index("audit_log_actor", "actor_id", "entry_id"),
)


def write(connection: Connection, entry: Entry) -> None:
    """In the transaction of what it tells of: both happen, or neither."""
    row = {
        "happened_at": entry.happened_at,
        "user_id": entry.user_id,
        "actor_id": entry.author.actor_id,
        "action": entry.action,
        "changes": [change._asdict() for change in entry.changes],
        "request_id": entry.author.request_id,
    }
    connection.execute(insert(audit_log).values(row))


def list_entries(
    connection: Connection,
    *,
    user_id: int | None = None,
    actor_id: int | None = None,
    before_entry_id: int | None = None,
    limit: int | None = None,
) -> list[KeptEntry]:
    """Newest first: about this user, by this actor, older than that entry."""
    query = select(audit_log).order_by(audit_log.c.entry_id.desc()).limit(limit)
    if user_id is not None:
        query = query.where(audit_log.c.user_id == user_id)
    if actor_id is not None:
        query = query.where(audit_log.c.actor_id == actor_id)
    if before_entry_id is not None:
        query = query.where(audit_log.c.entry_id < before_entry_id)
    return [_kept(row) for row in connection.execute(query)]


def _kept(row: Row[*tuple[Any, ...]]) -> KeptEntry:
    entry = Entry(
        happened_at=row.happened_at,
        user_id=row.user_id,
        author=Author(row.actor_id, row.request_id),
        action=Action(row.action),
        changes=tuple(Change(**change) for change in row.changes),
    )
    return KeptEntry(row.entry_id, entry)
