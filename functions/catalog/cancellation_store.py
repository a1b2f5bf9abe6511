"""The table of cancelled events: the only file that knows it."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    ForeignKey,
    Integer,
    Row,
    Select,
    Table,
    Text,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from functions.catalog.domain import Cancellation, Pass
from functions.catalog.store import events
from functions.catalog.venue_store import metadata

cancellations = Table(
    "cancellations",
    metadata,
    Column(
        "event_id",
        Integer,
        ForeignKey("events.event_id", name="cancellations_event"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("reason", Text),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
    Column("run", Integer, nullable=False),
    Column("run_started_at", DateTime(timezone=True), nullable=False),
    Column("passes", Integer, nullable=False),
    Column("orders_refunded", Integer, nullable=False),
    Column("orders_voided", Integer, nullable=False),
    Column("orders_open", Integer, nullable=False),
)

_FIRST: Final = {"run": 1, "passes": 0}
_NOBODY: Final = {"orders_refunded": 0, "orders_voided": 0, "orders_open": 0}


def begin(connection: Connection, event_id: int, reason: str | None, now: datetime) -> None:
    """Write it down, unless it is being cancelled already."""
    row = insert(cancellations).values(
        event_id=event_id, reason=reason, started_at=now, run_started_at=now, **_FIRST, **_NOBODY
    )
    connection.execute(row.on_conflict_do_nothing())


def find(connection: Connection, event_id: int) -> Cancellation | None:
    query = _all().where(cancellations.c.event_id == event_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _cancellation(row)


def list_unfinished(connection: Connection, limit: int) -> list[Cancellation]:
    """Oldest first."""
    query = _all().where(cancellations.c.finished_at.is_(None))
    rows = connection.execute(query.order_by(cancellations.c.started_at).limit(limit))
    return [_cancellation(row) for row in rows]


def claim_run(connection: Connection, known: Cancellation, now: datetime) -> bool:
    """Let the next run be the one that counts, unless somebody else has."""
    change = (
        update(cancellations)
        .where(
            cancellations.c.event_id == known.event_id,
            cancellations.c.run == known.run,
            cancellations.c.finished_at.is_(None),
        )
        .values(run=known.run + 1, run_started_at=now)
    )
    return connection.execute(change).rowcount > 0


def record_pass(connection: Connection, event_id: int, found: Pass) -> None:
    """What the last pass found; one that is told again, or late, takes nothing back."""
    connection.execute(
        update(cancellations)
        .where(
            cancellations.c.event_id == event_id,
            cancellations.c.passes <= found.number,
            cancellations.c.finished_at.is_(None),
        )
        .values(
            passes=found.number,
            orders_refunded=found.refunded,
            orders_voided=found.voided,
            orders_open=found.open,
        )
    )


def finish(connection: Connection, event_id: int, now: datetime) -> None:
    """Once; finished before is finished then."""
    connection.execute(
        update(cancellations)
        .where(cancellations.c.event_id == event_id)
        .values(finished_at=func.coalesce(cancellations.c.finished_at, now))
    )


def _all() -> Select[*tuple[Any, ...]]:
    event = (events.c.organizer_id, events.c.version.label("event_version"))
    return select(*cancellations.c, *event).join(
        events, events.c.event_id == cancellations.c.event_id
    )


def _cancellation(row: Row[*tuple[Any, ...]]) -> Cancellation:
    return Cancellation(
        event_id=row.event_id,
        organizer_id=row.organizer_id,
        event_version=row.event_version,
        reason=row.reason,
        started_at=row.started_at,
        finished_at=row.finished_at,
        run=row.run,
        run_started_at=row.run_started_at,
        last_pass=Pass(row.passes, row.orders_refunded, row.orders_voided, row.orders_open),
    )
