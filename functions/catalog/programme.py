"""The programme: which events there are, found by anybody, changed by who created them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from functions.catalog import store
from functions.catalog.announcements import Announcer, event_changed
from functions.catalog.domain import Event, EventDraft, check_draft, revise
from functions.catalog.store import Position, Search
from functions.shared import outbox
from functions.shared.postgres import transaction
from functions.shared.problems import NotFound
from functions.shared.tokens import Principal


def create_event(engine: Engine, draft: EventDraft, creator: Principal, now: datetime) -> Event:
    """The creator is its organizer. Raises ValidationFailed."""
    check_draft(draft, now, by_admin=creator.is_admin)
    with transaction(engine) as connection:
        return store.insert_event(connection, draft, creator.user_id, now)


def read_event(engine: Engine, event_id: int) -> Event:
    """Raises NotFound."""
    with transaction(engine) as connection:
        event = store.find_event(connection, event_id)
    if event is None:
        raise _absent()
    return event


def list_on_sale(engine: Engine, after_event_id: int, limit: int) -> list[int]:
    """The ids of events that seats may be held at, in order."""
    with transaction(engine) as connection:
        return store.list_on_sale(connection, after_event_id, limit)


def search_events(
    engine: Engine, search: Search, after: Position | None, limit: int
) -> tuple[list[Event], Position | None]:
    """A page in order of date, and where to go on after, None on the last."""
    with transaction(engine) as connection:
        found = store.search_events(connection, search, after, limit + 1)
    page = found[:limit]
    if len(found) <= limit:
        return page, None
    return page, Position(page[-1].event_date, page[-1].event_id)


def change_event(
    engine: Engine,
    announcer: Announcer,
    event_id: int,
    writer: Principal,
    changes: Mapping[str, Any],
    now: datetime,
) -> Event:
    """The event as changed. What others must hear is committed with it, and told after it.

    Raises NotFound, which somebody else's event is too, or what `revise` raises.
    """
    organizer_id = None if writer.is_admin else writer.user_id
    with transaction(engine) as connection:
        event = store.lock_event(connection, event_id, organizer_id)
        if event is None:
            raise _absent()
        revised = revise(event, changes, now, by_admin=writer.is_admin)
        if revised is None:
            return event
        changed = store.update_event(connection, revised)
        outbox.append(connection, store.outbox, event_changed(changed), now)
    announcer.announce(changed, status_changed=changed.status is not event.status, now=now)
    return changed


def _absent() -> NotFound:
    return NotFound("There is no such event.")
