"""Reads the orders of an event, a page at a time: as complete as an index is, a moment late."""

from typing import Any, NamedTuple

from functions.orders.domain import Order
from functions.orders.items import by_event, order_key, order_of
from functions.shared.dynamodb import Table


class EventPage(NamedTuple):
    """`end` is where the next page goes on, None when nothing follows."""

    orders: list[Order]
    end: str | None


class EventPages:
    def __init__(self, table: Table) -> None:
        self._table = table

    def page(self, event_id: int, after: str | None, limit: int) -> EventPage:
        """At most so many orders, oldest first, so that new ones are found at the end."""
        partition = by_event(event_id)
        request: dict[str, Any] = {
            "IndexName": "byEvent",
            "KeyConditionExpression": "GSI2PK = :partition",
            "ExpressionAttributeValues": {":partition": partition},
            "Limit": limit,
        }
        if after is not None:
            order_id = after.rpartition("#")[2]
            place = {"GSI2PK": partition, "GSI2SK": after}
            request["ExclusiveStartKey"] = {**order_key(order_id), **place}
        page = self._table.query_page(**request)
        end = None if page.last_key is None else str(page.last_key["GSI2SK"])
        return EventPage([order_of(item) for item in page.items], end)
