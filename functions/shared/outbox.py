"""A transactional outbox in Postgres: what must be told is committed with what is told of.

A row is written in the caller's transaction and delivered at least once after it: by the request
that wrote it, right after its commit, and by `relay_outbox` each minute for what a crash left.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    DateTime,
    Engine,
    Identity,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from functions.shared.observability import logger
from functions.shared.postgres import transaction

BATCH = 20
_LONGEST_WAIT_SECONDS = 300


class Message(NamedTuple):
    """`kind` tells the deliverer what to do with `payload`."""

    kind: str
    payload: dict[str, Any]


def outbox_table(metadata: MetaData) -> Table:
    return Table(
        "outbox",
        metadata,
        Column("message_id", BigInteger, Identity(), primary_key=True),
        Column("kind", String(64), nullable=False),
        Column("payload", JSON, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("due_at", DateTime(timezone=True), nullable=False, index=True),
    )


def append(connection: Connection, outbox: Table, message: Message, now: datetime) -> None:
    """Write the message in the caller's transaction."""
    connection.execute(
        insert(outbox).values(kind=message.kind, payload=message.payload, attempts=0, due_at=now)
    )


def drain(engine: Engine, outbox: Table, deliver: Callable[[Message], None], now: datetime) -> int:
    """Deliver what is due, oldest first, and return how many were delivered.

    A row is locked while it is delivered and skipped by everybody else (SKIP LOCKED); one whose
    delivery raises is put off, longer each time, and does not hold up the others.
    """
    delivered = 0
    while True:
        with transaction(engine) as connection:
            row = connection.execute(
                select(outbox)
                .where(outbox.c.due_at <= now)
                .order_by(outbox.c.message_id)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).one_or_none()
            if row is None:
                return delivered
            try:
                deliver(Message(row.kind, row.payload))
            except Exception:  # noqa: BLE001 - logged whole, and tried again later
                logger.exception("message not delivered", extra={"kind": row.kind})
                wait = min(2 ** min(row.attempts, 10), _LONGEST_WAIT_SECONDS)
                connection.execute(
                    update(outbox)
                    .where(outbox.c.message_id == row.message_id)
                    .values(attempts=row.attempts + 1, due_at=now + timedelta(seconds=wait))
                )
            else:
                connection.execute(delete(outbox).where(outbox.c.message_id == row.message_id))
                delivered += 1
