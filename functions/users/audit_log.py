"""The audit log, read by administrators, newest first."""

from typing import NamedTuple

from sqlalchemy import Engine

from functions.shared.postgres import transaction
from functions.users import trail_store
from functions.users.trail import KeptEntry


class EntryPage(NamedTuple):
    """`next_before` is the entry id to go on before, None on the last page."""

    entries: list[KeptEntry]
    next_before: int | None


def list_entries(
    engine: Engine,
    *,
    user_id: int | None,
    actor_id: int | None,
    before_entry_id: int | None,
    limit: int,
) -> EntryPage:
    with transaction(engine) as connection:
        found = trail_store.list_entries(
            connection,
            user_id=user_id,
            actor_id=actor_id,
            before_entry_id=before_entry_id,
            limit=limit + 1,
        )
    page = found[:limit]
    return EntryPage(page, page[-1].entry_id if len(found) > limit else None)
