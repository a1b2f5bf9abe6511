"""A transactional outbox in Postgres: what must be told is committed with what is told of.

A row is written in the caller's transaction and delivered at least once after it: by the request
that wrote it, right after its commit, and by `relay_outbox` each minute for what a crash left.

Messages of one stream are delivered in the order in which they were written: none is begun while an
older one of its stream waits, is being delivered, or has failed. One that comes again after a crash
comes before any younger one, unless its deliverer lost the database while it was telling it, and
went on: that may arrive late. Streams, and messages of none, never wait for each other.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    DateTime,
    Delete,
    Engine,
    Identity,
    Index,
    Insert,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Update,
    bindparam,
    delete,
    exists,
    insert,
    or_,
    select,
    text,
    update,
)

from functions.shared import correlation
from functions.shared.observability import logger
from functions.shared.postgres import transaction

_LONGEST_WAIT_SECONDS = 300
_STILL_THERE = text("SELECT 1")


class Message(NamedTuple):
    """`kind` tells the deliverer what to do with `payload`. `stream` names what it is in order
    with, such as a payment's id; whoever writes to a stream must hold a lock on what it names.
    """

    kind: str
    payload: dict[str, Any]
    stream: str | None = None


def outbox_table(metadata: MetaData) -> Table:
    return Table(
        "outbox",
        metadata,
        Column("message_id", BigInteger, Identity(), primary_key=True),
        Column("kind", String(64), nullable=False),
        Column("payload", JSON, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("due_at", DateTime(timezone=True), nullable=False),
        Column("stream", String(64)),
        Index(
            "outbox_streams",
            "stream",
            "message_id",
            postgresql_where=text("stream IS NOT NULL"),
        ),
    )


class _Statements(NamedTuple):
    add: Insert
    next: Select[Any]
    put_off: Update
    forget: Delete


@cache
def _statements(outbox: Table) -> _Statements:
    """Built once, as building them costs more than what is left of executing them."""
    older = outbox.alias("older")
    # A row that is being delivered is still there for everybody else, so its stream waits for it;
    # once gone it never comes back, so what one look has found to be next stays next.
    waits = exists().where(
        older.c.stream == outbox.c.stream, older.c.message_id < outbox.c.message_id
    )
    # One never tried is due, whatever the clock of its writer said: whoever delivers what it waits
    # for must go on with it, as its own writer has passed it by.
    is_due = or_(outbox.c.attempts == 0, outbox.c.due_at <= bindparam("moment"))
    return _Statements(
        # Only what returns something is one statement for all rows.
        add=insert(outbox).returning(outbox.c.message_id),
        next=select(outbox)
        .where(is_due, ~waits)
        .order_by(outbox.c.stream.is_not(None), outbox.c.message_id)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True, of=outbox),
        put_off=update(outbox).where(outbox.c.message_id == bindparam("its_id")),
        forget=delete(outbox).where(outbox.c.message_id.in_(bindparam("done", expanding=True))),
    )


def append(connection: Connection, outbox: Table, message: Message, now: datetime) -> None:
    """Write the message in the caller's transaction, with the id of the request it goes back to."""
    append_all(connection, outbox, [message], now)


def append_all(
    connection: Connection, outbox: Table, messages: Sequence[Message], now: datetime
) -> None:
    """Write these likewise, in one statement; no two of them may be of one stream."""
    if not messages:
        return
    rows = [
        message._asdict()
        | {"payload": message.payload | correlation.carried(), "attempts": 0, "due_at": now}
        for message in messages
    ]
    connection.execute(_statements(outbox).add, rows)


def drain(
    engine: Engine,
    outbox: Table,
    deliver: Callable[[Message], None],
    now: datetime,
    patience_seconds: float = 5,
    together: int = 1,
) -> int:
    """Deliver what is due, oldest first, and return how many were delivered.

    What belongs to no stream goes before everything else. Nothing is begun after so many seconds:
    whoever called has more to do than to wait for a receiver that is away.

    A row is locked while it is delivered and skipped by everybody else (SKIP LOCKED); one whose
    delivery raises is put off, longer each time, and holds up nobody but its own stream. So many
    are delivered `together`, in one transaction: after a crash all of them come again.
    """
    delivered = 0
    statements = _statements(outbox)
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline:
        with transaction(engine) as connection:
            rows = connection.execute(statements.next, {"moment": now, "most": together}).all()
            done: list[int] = []
            for place, row in enumerate(rows):
                if time.monotonic() >= deadline:
                    break
                if place and row.stream is not None:
                    # Delivering took time: whoever lost the database meanwhile holds this one no
                    # more, and somebody else may have told it and what comes after it.
                    connection.execute(_STILL_THERE)
                try:
                    _deliver(deliver, Message(row.kind, row.payload, row.stream))
                except Exception:  # noqa: BLE001 - logged whole, and tried again later
                    wait = min(2 ** min(row.attempts, 10), _LONGEST_WAIT_SECONDS)
                    later = {"attempts": row.attempts + 1, "due_at": now + timedelta(seconds=wait)}
                    connection.execute(statements.put_off, {"its_id": row.message_id, **later})
                else:
                    done.append(row.message_id)
            if done:
                connection.execute(statements.forget, {"done": done})
        delivered += len(done)
        # Whoever wrote behind one of a stream has passed by, so it must be looked for, after our
        # commit; whatever else comes meanwhile has its own writer.
        if len(rows) < together and all(row.stream is None for row in rows):
            break
    return delivered


def _deliver(deliver: Callable[[Message], None], message: Message) -> None:
    """Under the request that wrote it, whoever delivers it. Raises what kept it from arriving."""
    payload = dict(message.payload)
    written_by = payload.pop(correlation.FIELD, None)
    with correlation.under(written_by or correlation.current()):
        try:
            deliver(message._replace(payload=payload))
        except Exception:
            logger.exception("message not delivered", extra={"kind": message.kind})
            raise
