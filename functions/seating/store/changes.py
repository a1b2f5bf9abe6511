"""Stream records of the table, read back as changes of claims and of reservations."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from functions.seating.domain import Claim, Reservation
from functions.seating.store.claims import claim_of
from functions.seating.store.keys import place_of_claim
from functions.seating.store.records import reservation_of
from functions.shared.marshalling import unmarshal

Kept = TypeVar("Kept")


class ClaimChange(NamedTuple):
    event_id: int
    section: str
    before: Claim | None
    after: Claim | None


class RecordChange(NamedTuple):
    before: Reservation | None
    after: Reservation | None


def read_change(record: Mapping[str, Any]) -> ClaimChange | RecordChange | None:
    """`record` is the `dynamodb` part of a stream record; None for items of other kinds."""
    key = unmarshal(record["Keys"])
    place = place_of_claim(key)
    if place is not None:
        event_id, section, _ = place
        return ClaimChange(
            event_id,
            section,
            _image(record, "OldImage", claim_of),
            _image(record, "NewImage", claim_of),
        )
    if key["SK"] == "RECORD":
        return RecordChange(
            _image(record, "OldImage", reservation_of),
            _image(record, "NewImage", reservation_of),
        )
    # Others are left unread: a seat map's bytes come as text here, which is not what they are.
    return None


def _image(
    record: Mapping[str, Any], name: str, read: Callable[[dict[str, Any]], Kept]
) -> Kept | None:
    return read(unmarshal(record[name])) if record.get(name) else None
