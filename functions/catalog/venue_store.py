"""The table of venues: the only file that knows it and its SQL."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Identity,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError

from functions.catalog.domain import Venue, VenueDraft, VenueHasEvents
from functions.shared.postgres import constraint

metadata = MetaData()

venues = Table(
    "venues",
    metadata,
    Column("venue_id", Integer, Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("city", Text, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

VENUE_OF_EVENT = "events_venue"


def insert_venue(connection: Connection, draft: VenueDraft, now: datetime) -> Venue:
    row = insert(venues).values(**asdict(draft), created_at=now).returning(*venues.c)
    return _venue(connection.execute(row).one())


def find_venue(connection: Connection, venue_id: int) -> Venue | None:
    query = select(venues).where(venues.c.venue_id == venue_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _venue(row)


def list_venues(connection: Connection, after_venue_id: int, limit: int) -> list[Venue]:
    """In order of their ids."""
    query = select(venues).where(venues.c.venue_id > after_venue_id).order_by(venues.c.venue_id)
    return [_venue(row) for row in connection.execute(query.limit(limit))]


def replace_venue(connection: Connection, venue_id: int, draft: VenueDraft) -> Venue | None:
    """The venue as replaced; None where there is none."""
    change = update(venues).where(venues.c.venue_id == venue_id).values(**asdict(draft))
    row = connection.execute(change.returning(*venues.c)).one_or_none()
    return None if row is None else _venue(row)


def delete_venue(connection: Connection, venue_id: int) -> bool:
    """False where there is none. Raises VenueHasEvents."""
    try:
        done = connection.execute(delete(venues).where(venues.c.venue_id == venue_id))
    except DBAPIError as error:
        if constraint(error) != VENUE_OF_EVENT:
            raise
        raise VenueHasEvents("Only a venue without events, past ones too, can go.") from error
    return done.rowcount > 0


def _venue(row: Row[*tuple[Any, ...]]) -> Venue:
    return Venue(**row._asdict())
