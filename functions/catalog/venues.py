"""Venues: common to all organizers, kept as long as an event names them."""

from datetime import datetime

from sqlalchemy import Engine

from functions.catalog import venue_store
from functions.catalog.domain import Venue, VenueDraft
from functions.shared.postgres import transaction
from functions.shared.problems import NotFound


def create_venue(engine: Engine, draft: VenueDraft, now: datetime) -> Venue:
    with transaction(engine) as connection:
        return venue_store.insert_venue(connection, draft, now)


def read_venue(engine: Engine, venue_id: int) -> Venue:
    """Raises NotFound."""
    with transaction(engine) as connection:
        return _present(venue_store.find_venue(connection, venue_id))


def list_venues(engine: Engine, after_venue_id: int, limit: int) -> tuple[list[Venue], int | None]:
    """A page, and the id to go on after, None on the last."""
    with transaction(engine) as connection:
        found = venue_store.list_venues(connection, after_venue_id, limit + 1)
    page = found[:limit]
    return page, page[-1].venue_id if len(found) > limit else None


def replace_venue(engine: Engine, venue_id: int, draft: VenueDraft) -> Venue:
    """Raises NotFound."""
    with transaction(engine) as connection:
        return _present(venue_store.replace_venue(connection, venue_id, draft))


def delete_venue(engine: Engine, venue_id: int) -> None:
    """Raises NotFound or VenueHasEvents."""
    with transaction(engine) as connection:
        if not venue_store.delete_venue(connection, venue_id):
            raise _absent()


def _present(venue: Venue | None) -> Venue:
    if venue is None:
        raise _absent()
    return venue


def _absent() -> NotFound:
    return NotFound("There is no such venue.")
