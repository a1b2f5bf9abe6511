"""The tables of events and of what is still to be told of them: the only file that knows them."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

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
    Select,
    Table,
    Text,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import DBAPIError

from functions.catalog.domain import Event, EventDraft, EventStatus, RefundPolicy
from functions.catalog.venue_store import VENUE_OF_EVENT, metadata, venues
from functions.shared.outbox import outbox_table
from functions.shared.postgres import constraint
from functions.shared.problems import ValidationFailed

events = Table(
    "events",
    metadata,
    Column("event_id", Integer, Identity(), primary_key=True),
    Column("venue_id", Integer, ForeignKey("venues.venue_id", name=VENUE_OF_EVENT), nullable=False),
    Column("title", Text, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("event_date", DateTime(timezone=True), nullable=False),
    Column("base_price_cents", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("refund_policy", JSON(none_as_null=True)),
    Column("organizer_id", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    # Lists are in order of date, so a page is read off an index. A substring has no index of its
    # own (pg_trgm is not everywhere we run): it is looked for along the dates, a page at a time.
    Index("events_date", "event_date", "event_id"),
    Index("events_status_date", "status", "event_date", "event_id"),
    Index("events_venue", "venue_id"),
)
outbox = outbox_table(metadata)

_DRAFT = tuple(EventDraft.__dataclass_fields__)
_EVENT = [*events.c, venues.c.name.label("venue_name"), venues.c.city]


class Search(NamedTuple):
    """Each is a condition unless None: parts of texts in any case, dates from and before."""

    city: str | None = None
    event_type: str | None = None
    status: EventStatus | None = None
    q: str | None = None
    date_from: datetime | None = None
    date_before: datetime | None = None


class Position(NamedTuple):
    """Where in the order of dates a list goes on after."""

    event_date: datetime
    event_id: int


def insert_event(
    connection: Connection, draft: EventDraft, organizer_id: int, now: datetime
) -> Event:
    """Raises ValidationFailed when there is no such venue."""
    row = insert(events).values(
        **asdict(draft), organizer_id=organizer_id, version=1, created_at=now
    )
    try:
        event_id = connection.execute(row.returning(events.c.event_id)).scalar_one()
    except DBAPIError as error:
        raise _no_venue(error) from error
    return _written(connection, event_id)


def find_event(connection: Connection, event_id: int) -> Event | None:
    return _one(connection, _events().where(events.c.event_id == event_id))


def lock_event(connection: Connection, event_id: int, organizer_id: int | None) -> Event | None:
    """The event, unchanged by others until this transaction ends; None if it is another's.

    Without an organizer it is anybody's.
    """
    query = _events().where(events.c.event_id == event_id).with_for_update(of=events)
    if organizer_id is not None:
        query = query.where(events.c.organizer_id == organizer_id)
    return _one(connection, query)


def update_event(connection: Connection, revised: Event) -> Event:
    """Write a locked event down as revised. Raises ValidationFailed when there is no such venue."""
    written = asdict(revised)
    values = {name: written[name] for name in (*_DRAFT, "version")}
    change = update(events).where(events.c.event_id == revised.event_id).values(values)
    try:
        connection.execute(change)
    except DBAPIError as error:
        raise _no_venue(error) from error
    return _written(connection, revised.event_id)


def list_on_sale(connection: Connection, after_event_id: int, limit: int) -> list[int]:
    """The ids of events that seats may be held at, in order."""
    held_at = events.c.status.in_((EventStatus.ON_SALE, EventStatus.SOLD_OUT))
    query = select(events.c.event_id).where(held_at, events.c.event_id > after_event_id)
    return list(connection.execute(query.order_by(events.c.event_id).limit(limit)).scalars())


def search_events(
    connection: Connection, search: Search, after: Position | None, limit: int
) -> list[Event]:
    """In order of date, then id."""
    query = _events()
    if search.city is not None:
        query = query.where(venues.c.city.icontains(search.city, autoescape=True))
    if search.event_type is not None:
        query = query.where(events.c.event_type.icontains(search.event_type, autoescape=True))
    if search.status is not None:
        query = query.where(events.c.status == search.status)
    if search.q is not None:
        named = (events.c.title, venues.c.name)
        query = query.where(or_(*(name.icontains(search.q, autoescape=True) for name in named)))
    if search.date_from is not None:
        query = query.where(events.c.event_date >= search.date_from)
    if search.date_before is not None:
        query = query.where(events.c.event_date < search.date_before)
    order = (events.c.event_date, events.c.event_id)
    if after is not None:
        query = query.where(tuple_(*order) > tuple_(*after))
    rows = connection.execute(query.order_by(*order).limit(limit))
    return [_event(row) for row in rows]


def _events() -> Select[*tuple[Any, ...]]:
    return select(*_EVENT).join(venues, events.c.venue_id == venues.c.venue_id)


def _written(connection: Connection, event_id: int) -> Event:
    return _event(connection.execute(_events().where(events.c.event_id == event_id)).one())


def _one(connection: Connection, query: Select[*tuple[Any, ...]]) -> Event | None:
    row = connection.execute(query).one_or_none()
    return None if row is None else _event(row)


def _event(row: Row[*tuple[Any, ...]]) -> Event:
    policy = row.refund_policy and RefundPolicy(**row.refund_policy)
    return Event(**row._asdict() | {"status": EventStatus(row.status), "refund_policy": policy})


def _no_venue(error: DBAPIError) -> Exception:
    if constraint(error) != VENUE_OF_EVENT:
        return error
    return ValidationFailed.at("/venueId", "There is no such venue.")
