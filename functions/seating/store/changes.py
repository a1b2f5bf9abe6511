"""Stream records of the table, read back as changes of claims and of reservations."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from functions.seating.domain import Claim, Reservation
from functions.seating.store.claims import claim_of
from functions.seating.store.keys import place_of_claim
from functions.seating.store.records import reservation_of
from functions.seating.store.table import unmarshal


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
    before, after = (_image(record, name) for name in ("OldImage", "NewImage"))
    place = place_of_claim(key)
    if place is not None:
        event_id, section, _ = place
        return ClaimChange(
            event_id,
            section,
            None if before is None else claim_of(before),
            None if after is None else claim_of(after),
        )
    if key["SK"] == "RECORD":
        return RecordChange(
            None if before is None else reservation_of(before),
            None if after is None else reservation_of(after),
        )
    return None


def _image(record: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    return unmarshal(record[name]) if record.get(name) else None
