"""Lists of orders, newest first, a page at a time, out of the table's indexes."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from functions.orders.domain import Order, OrderStatus
from functions.orders.items import by_event, by_user, order_key, order_of
from functions.shared.dynamodb import Page, Table
from functions.shared.problems import ValidationFailed

# How much one call reads before it answers with what it found: a rare status in a long list makes
# short pages, never a slow answer. Without a filter all that is read is wanted, and one more.
_MOST_READS: Final = 10
_FILTERED_READ_SIZE: Final = 101


class Wanted(NamedTuple):
    """Orders of a user, of an event, in a status: of each, any if it is None."""

    user_id: int | None
    event_id: int | None
    status: OrderStatus | None


class Position(BaseModel):
    """Where a page ended: an index's partition and the place in it. Orders never move in them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    partition: str = Field(min_length=1, max_length=64)
    place: str = Field(min_length=1, max_length=128)


class OrderPage(NamedTuple):
    """`end` is None when nothing follows."""

    orders: list[Order]
    end: Position | None


class _Index(NamedTuple):
    name: str
    partition: str
    place: str

    def position_of(self, item: Mapping[str, Any]) -> Position:
        return Position(partition=item[self.partition], place=item[self.place])

    def key_of(self, position: Position) -> dict[str, str]:
        order_id = position.place.rpartition("#")[2]
        return {
            **order_key(order_id),
            self.partition: position.partition,
            self.place: position.place,
        }


_BY_USER: Final = _Index("byUser", "GSI1PK", "GSI1SK")
_BY_EVENT: Final = _Index("byEvent", "GSI2PK", "GSI2SK")


class OrderLists:
    def __init__(self, table: Table) -> None:
        self._table = table

    def page(self, wanted: Wanted, after: Position | None, limit: int) -> OrderPage:
        """At most `limit` orders after a position, newest first for a user or an event.

        Of all orders, which only administrators ask for, in no order: to sort those is worth no
        index. Raises ValidationFailed for a position in another list.
        """
        index = _BY_EVENT if wanted.user_id is None else _BY_USER
        if after is not None and _partition(wanted) not in (None, after.partition):
            raise ValidationFailed.at("/cursor", "This is a cursor of another list.")
        items: list[dict[str, Any]] = []
        end = after
        for _ in range(_MOST_READS):
            page = self._read(index, wanted, end, limit + 1 - len(items))
            items += page.items
            end = None if page.last_key is None else index.position_of(page.last_key)
            if end is None or len(items) > limit:
                break
        if len(items) > limit:
            end = index.position_of(items[limit - 1])
        return OrderPage([order_of(item) for item in items[:limit]], end)

    def _read(self, index: _Index, wanted: Wanted, after: Position | None, most_items: int) -> Page:
        request: dict[str, Any] = {"IndexName": index.name, "Limit": most_items}
        filters: dict[str, str] = {}
        values: dict[str, Any] = {}
        if wanted.status is not None:
            filters["#status"], values[":status"] = "status", wanted.status
        if wanted.event_id is not None and index is _BY_USER:
            filters["#event"], values[":event"] = "eventId", wanted.event_id
        if filters:
            request["Limit"] = _FILTERED_READ_SIZE
            request["FilterExpression"] = " AND ".join(f"{name} = :{name[1:]}" for name in filters)
            request["ExpressionAttributeNames"] = filters
        if after is not None:
            request["ExclusiveStartKey"] = index.key_of(after)
        partition = _partition(wanted)
        if partition is None:
            return self._table.page(self._scan, request | _given(values))
        request["KeyConditionExpression"] = f"{index.partition} = :partition"
        request["ScanIndexForward"] = False
        return self._table.query_page(**request, **_given({":partition": partition, **values}))

    def _scan(self, **request: Any) -> Any:
        return self._table.client.scan(**request)


def _partition(wanted: Wanted) -> str | None:
    if wanted.user_id is not None:
        return by_user(wanted.user_id)
    return None if wanted.event_id is None else by_event(wanted.event_id)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"ExpressionAttributeValues": values} if values else {}
