"""How an audit grows with what is stored.

AUDIT_SEATS=20000 measures that many: `pytest functions/audit/tests/test_size.py -s` prints seconds.
"""

import os
import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from functions.audit.invariants import violations
from functions.audit.reading import Stores
from functions.audit.tests.crowd import SEATS_AN_ORDER, blocks, sell_out
from functions.audit.tests.house import House, new_house
from functions.audit.violation import Ids

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

SEATS = int(os.environ.get("AUDIT_SEATS", "200"))


def test_a_sold_out_event_is_read_in_pages_and_found_clean(
    dynamodb: "DynamoDBClient", tables: dict[str, str], engine: Engine
) -> None:
    house = new_house(dynamodb, tables, engine, blocks(SEATS))
    sell_out(house, tables["orders"])
    pages: list[str] = []

    def count_page(model: Any, **_: Any) -> None:
        pages.append(model.name)

    dynamodb.meta.events.register("before-call.dynamodb", count_page, unique_id="pages")
    try:
        for segments in (1, 2, 4):
            pages.clear()
            stores = Stores(dynamodb, tables["seating"], tables["orders"], engine, segments)
            started = time.monotonic()
            facts = stores.read()
            read = time.monotonic()
            found = violations(facts, house.now, at_rest=True)
            judged = time.monotonic()
            assert found == []
            assert facts.counts == {
                "events": 1,
                "seats": SEATS,
                "claims": SEATS,
                "orders": SEATS // SEATS_AN_ORDER,
                "payments": SEATS // SEATS_AN_ORDER,
            }
            # A page has a megabyte, that is about 900 seats with all that belongs to them.
            assert set(pages) == {"Scan"}
            assert len(pages) <= 2 * segments + SEATS // 500
            print(
                f"{SEATS} seats, {segments} segments: {len(pages)} pages, "
                f"{read - started:.2f} s reading, {judged - read:.2f} s judging"
            )
    finally:
        dynamodb.meta.events.unregister("before-call.dynamodb", unique_id="pages")


def test_every_page_of_every_segment_is_read(
    house: House, dynamodb: "DynamoDBClient", stores: Stores
) -> None:
    """Pages of a few items, of which a scan of a large table has as many."""
    house.refund(house.book(1, 2, 3))
    order = house.book(4, 21)
    whole = stores.read(), stores.read_around([Ids(order=order.order_id)])

    def few(params: dict[str, Any], **_: Any) -> None:
        params["Limit"] = 3

    calls = [f"before-parameter-build.dynamodb.{name}" for name in ("Scan", "Query")]
    for call in calls:
        dynamodb.meta.events.register(call, few, unique_id="few")
    try:
        in_pages = stores.read(), stores.read_around([Ids(order=order.order_id)])
    finally:
        for call in calls:
            dynamodb.meta.events.unregister(call, unique_id="few")
    assert in_pages == whole
