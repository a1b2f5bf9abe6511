"""What is asked of the catalog, and told to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, Final

from sqlalchemy import Engine

from embedded.bench.growth.filling import COMMON, FIRST_EVENT
from embedded.bench.growth.paths import Path, grows
from functions.catalog import cancellation_store, store, venue_store
from functions.catalog.domain import EventDraft, EventStatus, VenueDraft
from functions.catalog.store import Position, Search
from functions.shared import outbox
from functions.shared.outbox import Message
from functions.shared.postgres import transaction

_PAGE: Final = 21
_NOBODYS: Final = "of no event's name"
_LOOKED_THROUGH: Final = (
    "part of a text is looked for along the dates, until a page is full: words that few events"
    " have, through all of them"
)


def paths(engine: Engine, events: int) -> list[Path]:
    now = datetime.now(UTC)
    serial = count(1)
    middle = FIRST_EVENT + timedelta(hours=events // 2)
    draft = EventDraft(1, "New", "CONCERT", middle, 5_000, "INR", EventStatus.SCHEDULED)

    def does(step: Any, *arguments: Any) -> object:
        with transaction(engine) as connection:
            return step(connection, *arguments)

    def search(after: Position | None = None, **wanted: Any) -> Any:
        return partial(does, store.search_events, Search(**wanted), after, _PAGE)

    def revise() -> None:
        with transaction(engine) as connection:
            event = store.lock_event(connection, 1 + events // 2, None)
            if event is None:
                raise LookupError("That event was to be there.")
            store.update_event(connection, replace(event, version=event.version + 1))
            message = Message("event", {}, stream=f"event-{event.event_id}")
            outbox.append(connection, store.outbox, message, now)
        outbox.drain(engine, store.outbox, lambda _message: None, now)

    def come_and_go() -> None:
        venue = VenueDraft(f"New hall {next(serial)}", "Pune", 100)
        with transaction(engine) as connection:
            made = venue_store.insert_venue(connection, venue, now)
            venue_store.delete_venue(connection, made.venue_id)

    return [
        Path("events: all, a first page", search()),
        Path("events: all, a page in the middle", search(Position(middle, 1))),
        Path("events: from a date on", search(date_from=middle)),
        Path("events: between two dates", search(date_from=middle, date_before=middle + _WEEK)),
        Path("events: on sale", search(status=EventStatus.ON_SALE)),
        Path("events: cancelled, from a date on", search(status=_GONE, date_from=middle)),
        Path("events: a city that a tenth are in", search(city=f"city {COMMON}")),
        Path("events: a type that a tenth have", search(event_type=f"concert {COMMON}")),
        Path("events: words that a tenth have", search(q=f"kind {COMMON}")),
        grows(
            "events: a city that none is in", search(city=_NOBODYS), _LOOKED_THROUGH, is_hot=True
        ),
        grows(
            "events: a type that none has",
            search(event_type=_NOBODYS),
            _LOOKED_THROUGH,
            is_hot=True,
        ),
        grows("events: words that none has", search(q=_NOBODYS), _LOOKED_THROUGH, is_hot=True),
        Path("event: read", partial(does, store.find_event, 1 + events // 2)),
        Path("event: create", partial(does, store.insert_event, draft, 1, now)),
        Path("event: change, and tell", revise, is_hot=False),
        Path("events whose seats may be held", partial(does, store.list_on_sale, events // 2, 100)),
        Path("venues: a page", partial(does, venue_store.list_venues, events // 2, _PAGE)),
        Path("venue: read", partial(does, venue_store.find_venue, 1 + events // 2)),
        Path("venue: create and delete", come_and_go, is_hot=False),
        grows(
            "cancellations: the unfinished",
            partial(does, cancellation_store.list_unfinished, 100),
            "by the clock; every cancelled event is looked at, of which there are few",
        ),
    ]


_WEEK: Final = timedelta(days=7)
_GONE: Final = EventStatus.CANCELLED
