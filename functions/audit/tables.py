"""The two tables as facts: whole, by parallel scans, or some of it, by keys."""

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from functions.audit.facts import Event, OrderRefund, Sales, Seating
from functions.audit.items import (
    Item,
    claim_of,
    map_seats,
    number,
    order_of,
    order_refund_of,
    record_of,
    slot_of,
    text,
    ticket_of,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_BATCH: Final = 100  # BatchGetItem takes so many keys a call.

Key = tuple[str, str]


class Table:
    """Reads one table strongly. It has no way to write."""

    def __init__(self, client: "DynamoDBClient", name: str, segments: int = 1) -> None:
        self._client = client
        self._name = name
        self._segments = segments
        # Nobody else scans a table, so whoever's client this is, nobody else notices.
        client.meta.events.register(
            "before-parse.dynamodb.Scan", _leave_items_unparsed, unique_id="unparsed-items"
        )

    def scan(self) -> list[Item]:
        """Every item there is; one written meanwhile may be in it or not."""
        with ThreadPoolExecutor(self._segments) as readers:
            return list(chain.from_iterable(readers.map(self._segment, range(self._segments))))

    def query(self, partition: str) -> list[Item]:
        return list(
            self._pages(
                self._client.query,
                ConsistentRead=True,
                KeyConditionExpression="PK = :pk",
                ExpressionAttributeValues={":pk": {"S": partition}},
            )
        )

    def query_index(self, name: str, number: int, partition: str) -> list[Item]:
        """Indexes can't be read strongly: what was written just now may be missing."""
        return list(
            self._pages(
                self._client.query,
                IndexName=name,
                KeyConditionExpression=f"GSI{number}PK = :pk",
                ExpressionAttributeValues={":pk": {"S": partition}},
            )
        )

    def get(self, keys: Iterable[Key]) -> list[Item]:
        """The items of these keys that are there."""
        wanted = [{"PK": {"S": pk}, "SK": {"S": sk}} for pk, sk in dict.fromkeys(keys)]
        found: list[Item] = []
        for start in range(0, len(wanted), _BATCH):
            pending: Any = {
                self._name: {"Keys": wanted[start : start + _BATCH], "ConsistentRead": True}
            }
            while pending:
                answer = self._client.batch_get_item(RequestItems=pending)
                found += answer["Responses"].get(self._name, [])
                pending = answer.get("UnprocessedKeys")
        return found

    def _segment(self, segment: int) -> list[Item]:
        return list(
            self._pages(
                self._client.scan,
                ConsistentRead=True,
                Segment=segment,
                TotalSegments=self._segments,
            )
        )

    def _pages(self, read: Any, **asked: Any) -> Iterator[Item]:
        while True:
            page = read(TableName=self._name, **asked)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _leave_items_unparsed(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    """Take a scan's items as they came.

    botocore would walk through every value of every item to find what may be bytes, which is
    three quarters of an audit's time; here only seat maps have any, and `items.py` knows where.
    """
    if response_dict["status_code"] == HTTPStatus.OK:
        page = json.loads(response_dict["body"])
        customized_response_dict["Items"] = page.pop("Items")
        response_dict["body"] = json.dumps(page).encode()


def seating_of(items: Iterable[Item]) -> Seating:
    """Sorted out by their keys. Maps that are not an event's current one are left aside."""
    seating = Seating({}, [], {}, {})
    summaries: list[Item] = []
    maps: dict[str, list[Item]] = {}
    for item in items:
        kind, _, rest = item["PK"]["S"].partition("#")
        match kind:
            case "CLAIMS":
                seating.claims.append(claim_of(item))
            case "RESERVATION":
                seating.records[rest] = record_of(item)
            case "SLOT":
                slot = slot_of(item)
                seating.slots[slot.event_id, slot.user_id] = slot
            case "EVENT":
                summaries.append(item)
            case "MAP":
                maps.setdefault(rest, []).append(item)
    for summary in summaries:
        event = _event(summary, maps)
        seating.events[event.event_id] = event
    return seating


def _event(summary: Item, maps: dict[str, list[Item]]) -> Event:
    map_id = text(summary, "mapId")
    seats = list(map_seats(maps.get(map_id, []))) if map_id else []
    return Event(
        event_id=int(summary["PK"]["S"].removeprefix("EVENT#")),
        map_id=map_id,
        total_seats=number(summary, "totalSeats"),
        seats=len(seats),
        sections=dict(seats),
    )


def sales_of(items: Iterable[Item]) -> Sales:
    refunds: list[OrderRefund] = []
    sales = Sales({}, [], {}, refunds)
    for item in items:
        kind, _, rest = item["PK"]["S"].partition("#")
        if kind == "RESERVATION":
            sales.ordered[rest] = item["orderId"]["S"]
        elif kind == "ORDER" and item["SK"]["S"] == "ORDER":
            sales.orders[rest] = order_of(item)
        elif kind == "ORDER" and item["SK"]["S"].startswith("REFUND#"):
            refunds.append(order_refund_of(item))
        elif kind == "ORDER" and item["SK"]["S"].startswith("TICKET#"):
            sales.tickets.append(ticket_of(item))
    return sales
