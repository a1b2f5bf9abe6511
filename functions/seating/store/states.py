"""The summary item of each event: its sale state, and which seat map counts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.seating.domain import EventStatus, RefundPolicy, SaleState, instant, seconds
from functions.seating.store.keys import state_key
from functions.shared.dynamodb import Refused, Table
from functions.shared.marshalling import marshal


class SaleStates:
    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, event_id: int, *, consistent: bool = True) -> SaleState | None:
        item = self._table.get(state_key(event_id), consistent=consistent)
        return None if item is None else sale_state_of(item)

    def advance(
        self, known: SaleState | None, new: SaleState, sales_closed_at: datetime | None
    ) -> bool:
        """Write the newer status, unless the item has moved on from what is known of it."""
        names = {"#status": "status"}
        values: dict[str, Any] = {
            ":status": str(new.status),
            ":organizer": new.organizer_id,
            ":version": new.event_version,
        }
        update = "SET #status = :status, organizerId = :organizer, eventVersion = :version"
        condition = "attribute_not_exists(eventVersion)"
        if known is not None:
            condition = "eventVersion = :known"
            values[":known"] = known.event_version
        if sales_closed_at is not None:
            update += ", salesClosedAt = :closed"
            values[":closed"] = seconds(sales_closed_at)
        kept = policy_kept(new.refund_policy)
        if kept:
            update += ", refundPolicy = :policy"
            values[":policy"] = kept["refundPolicy"]
        else:
            update += " REMOVE refundPolicy"
        return self._update(new.event_id, update, condition, names, values)

    def publish_map(
        self, known: SaleState, map_id: str, total_seats: int, currency: str
    ) -> SaleState | None:
        """Let a new map count, unless anything about the event has moved on; None then."""
        values: dict[str, Any] = {
            ":map": map_id,
            ":map_version": known.map_version + 1,
            ":total": total_seats,
            ":currency": currency,
            ":event_version": known.event_version,
        }
        conditions = ["eventVersion = :event_version"]
        if known.map_id is None:
            conditions.append("attribute_not_exists(mapId)")
        else:
            conditions.append("mapId = :known_map")
            values[":known_map"] = known.map_id
        if known.blocks:
            conditions.append("blocks = :blocks")
            values[":blocks"] = known.blocks
        else:
            conditions.append("attribute_not_exists(blocks)")
        published = self._update(
            known.event_id,
            "SET mapId = :map, mapVersion = :map_version, totalSeats = :total,"
            " currency = :currency",
            " AND ".join(conditions),
            {},
            values,
        )
        if not published:
            return None
        return known._replace(
            map_id=map_id,
            map_version=known.map_version + 1,
            total_seats=total_seats,
            currency=currency,
        )

    def _update(
        self,
        event_id: int,
        update: str,
        condition: str,
        names: dict[str, str],
        values: dict[str, Any],
    ) -> bool:
        write: dict[str, Any] = {
            "TableName": self._table.name,
            "Key": marshal(state_key(event_id)),
            "UpdateExpression": update,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": marshal(values),
        }
        if names:
            write["ExpressionAttributeNames"] = names
        try:
            self._table.write("Update", write)
        except Refused:
            return False
        return True


def sale_state_of(item: dict[str, Any]) -> SaleState:
    closed_at = item.get("salesClosedAt")
    return SaleState(
        event_id=int(item["PK"].removeprefix("EVENT#")),
        organizer_id=item["organizerId"],
        status=EventStatus(item["status"]),
        event_version=item["eventVersion"],
        currency=item.get("currency"),
        map_id=item.get("mapId"),
        map_version=item.get("mapVersion", 0),
        total_seats=item.get("totalSeats", 0),
        blocks=item.get("blocks", 0),
        sales_closed_at=None if closed_at is None else instant(closed_at),
        refund_policy=policy_of(item),
    )


def policy_kept(policy: RefundPolicy | None) -> dict[str, Any]:
    """As an attribute of an item, if there is one: in few bytes, for reservations have it, too."""
    if policy is None:
        return {}
    return {"refundPolicy": [seconds(policy.full_until), policy.then_percent]}


def policy_of(item: Mapping[str, Any]) -> RefundPolicy | None:
    kept = item.get("refundPolicy")
    return None if kept is None else RefundPolicy(instant(kept[0]), kept[1])
