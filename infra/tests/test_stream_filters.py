"""No change that a stream's function acts on is passed over, and a booking's own steps are."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise, product
from typing import Any, NoReturn

import pytest

from functions.orders.items import order_key, refund_key, reservation_key, ticket_key
from functions.seating import expiry
from functions.seating.domain import ClaimStatus, ReservationStatus
from functions.seating.store.changes import ClaimChange, RecordChange, read_change
from functions.seating.store.keys import claim_key, record_key, slot_key, state_key
from functions.shared.marshalling import marshal
from infra.stream_filters import STREAM_FILTERS
from infra.tests.assembly import Assembly

LATE = datetime(2096, 1, 1, tzinfo=UTC)
CLAIM_KEY = claim_key(7, "Floor", 12)
Item = dict[str, Any] | None

CLAIMS: list[Item] = [
    None,
    {"status": ClaimStatus.BLOCKED},
    *(
        {"status": status, "reservationId": reservation, "expiresAt": 1}
        for status, reservation in product(ClaimStatus, ("first", "second"))
        if status is not ClaimStatus.BLOCKED
    ),
]
RECORDS: list[Item] = [
    None,
    *(
        {
            "status": status,
            "eventId": 7,
            "userId": 1,
            "organizerId": 1,
            "seats": [],
            "currency": "INR",
            "expiresAt": 1,
            "requestHash": "",
        }
        for status in ReservationStatus
    ),
]


def record(key: Mapping[str, Any], before: Item, after: Item) -> dict[str, Any]:
    """As a stream tells of a change."""
    name = "INSERT" if before is None else "REMOVE" if after is None else "MODIFY"
    images = {"OldImage": before, "NewImage": after}
    told = {image: marshal({**key, **item}) for image, item in images.items() if item is not None}
    return {"eventName": name, "dynamodb": {"Keys": marshal(key), **told}}


def passes(domain: str, change: Mapping[str, Any]) -> bool:
    return any(_matches(each, change) for each in STREAM_FILTERS[domain])


def _matches(pattern: Mapping[str, Any], value: Any) -> bool:
    """As far as our filters go: names that must be there, with one of these values."""
    return all(
        isinstance(value, Mapping)
        and name in value
        and (
            _matches(wanted, value[name])
            if isinstance(wanted, Mapping)
            else any(_is_one(each, value[name]) for each in wanted)
        )
        for name, wanted in pattern.items()
    )


def _is_one(wanted: Any, value: str) -> bool:
    match wanted:
        case {"prefix": prefix}:
            return value.startswith(prefix)
        case {"anything-but": others}:
            return value not in others
    return bool(wanted == value)


class Acts(Exception):  # noqa: N818 - what the function does
    """It has looked for the reservation that a claim has left."""


class ActingStore:
    """As much of seating's store as an expiry first looks at."""

    records: Any

    def __init__(self) -> None:
        self.records = self

    def read(self, _reservation_id: str) -> NoReturn:
        raise Acts


def acts_on(change: Mapping[str, Any]) -> bool:
    """Whether seating does anything about it."""
    read = read_change(change["dynamodb"])
    if isinstance(read, RecordChange):
        return bool(expiry.events_of_record(read))
    if not isinstance(read, ClaimChange):
        return False
    try:
        expiry.expire_reservation(ActingStore(), read, LATE)  # type: ignore[arg-type]
    except Acts:
        return True
    return bool(expiry.events_of_claim(read))


def test_seating_is_called_for_every_change_that_it_acts_on() -> None:
    changes = [
        *(record(CLAIM_KEY, *images) for images in product(CLAIMS, CLAIMS)),
        *(record(record_key("r"), *images) for images in product(RECORDS, RECORDS)),
    ]
    acted = [change for change in changes if acts_on(change)]
    assert len(acted) > 10
    missed = [change for change in acted if not passes("seating", change)]
    # The one exception: nobody pays for a seat that somebody else holds (SECURE's condition).
    assert [
        (
            change["dynamodb"]["OldImage"]["reservationId"]["S"],
            change["dynamodb"]["NewImage"]["reservationId"]["S"],
            change["dynamodb"]["NewImage"]["status"]["S"],
        )
        for change in missed
    ] == [("first", "second", "PAYING"), ("second", "first", "PAYING")]


def test_seating_is_not_called_for_the_steps_of_a_booking() -> None:
    held, paying, sold = (
        {"status": status, "reservationId": "r", "expiresAt": 1} for status in list(ClaimStatus)[:3]
    )
    assert (held["status"], sold["status"]) == ("HELD", "ALLOCATED")
    steps: list[tuple[Item, Item]] = [(None, held), (held, paying), (paying, sold)]
    states: list[Item] = [None, *({"status": each} for each in ("ACTIVE", "PAYING", "COMPLETED"))]
    for before, after in steps:
        assert not passes("seating", record(CLAIM_KEY, before, after))
    for before, after in pairwise(states):
        assert not passes("seating", record(record_key("r"), before, after))
    for key in (slot_key(7, 1), state_key(7)):
        assert not passes("seating", record(key, {}, {}))


@pytest.mark.parametrize(("before", "after"), [(None, {}), ({}, {})], ids=["placed", "changed"])
def test_orders_is_called_for_orders_alone(before: Item, after: Item) -> None:
    assert passes("orders", record(order_key("o"), before, after))
    for key in (ticket_key("o", 1), refund_key("o", "f"), reservation_key("r")):
        assert not passes("orders", record(key, before, after))


def test_the_filters_are_those_of_the_templates(assembly: Assembly) -> None:
    found = {
        stack: [json.loads(each["Pattern"]) for each in source["FilterCriteria"]["Filters"]]
        for stack, _, source in assembly.resources("AWS::Lambda::EventSourceMapping")
        if "StartingPosition" in source
    }
    assert found == {domain: list(filters) for domain, filters in STREAM_FILTERS.items()}
    # Lambda takes five filters of 4,096 characters.
    assert all(len(filters) <= 5 for filters in found.values())
