"""Reservation records as items: read back, described, and counted for the report."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from functions.seating.domain import Reservation, ReservationStatus, SaleState, Seat, instant
from functions.seating.store.keys import expired_partition, record_key, state_key
from functions.seating.store.states import policy_kept, policy_of, sale_state_of
from functions.shared.batches import BatchTable
from functions.shared.marshalling import marshal

_BATCH: Final = 100  # BatchGetItem takes so many keys a call.


class Records:
    def __init__(self, table: BatchTable) -> None:
        self._table = table

    def read(self, reservation_id: str) -> Reservation | None:
        item = self._table.get(record_key(reservation_id))
        return None if item is None else reservation_of(item)

    def read_all(self, reservation_ids: Sequence[str]) -> list[Reservation]:
        """Those of them that there are, in order of their ids."""
        found: list[Reservation] = []
        for start in range(0, len(reservation_ids), _BATCH):
            keys = map(record_key, reservation_ids[start : start + _BATCH])
            found += map(reservation_of, self._table.get_all(list(keys)))
        return sorted(found, key=lambda reservation: reservation.reservation_id)

    def read_with_state(
        self, reservation_id: str, event_id: int
    ) -> tuple[Reservation | None, SaleState | None]:
        """The record and the event's summary, in one strong read."""
        items = self._table.get_all([record_key(reservation_id), state_key(event_id)])
        by_kind = {item["SK"]: item for item in items}
        record, state = by_kind.get("RECORD"), by_kind.get("SUMMARY")
        return (
            None if record is None else reservation_of(record),
            None if state is None else sale_state_of(state),
        )

    def expired_counts(self, event_id: int) -> dict[tuple[str, str, int], int]:
        """Seats whose hold ran out, by section, category and price. Advisory."""
        return {
            (item["section"], item["category"], item["priceCents"]): item["seats"]
            for item in self._table.query(expired_partition(event_id))
        }


def reservation_of(item: Mapping[str, Any]) -> Reservation:
    return Reservation(
        reservation_id=item["PK"].removeprefix("RESERVATION#"),
        event_id=item["eventId"],
        user_id=item["userId"],
        organizer_id=item["organizerId"],
        seats=tuple(Seat(*seat) for seat in item["seats"]),
        currency=item["currency"],
        expires_at=instant(item["expiresAt"]),
        request_hash=item["requestHash"],
        status=ReservationStatus(item["status"]),
        order_id=item.get("orderId"),
        refund_policy=policy_of(item),
        correlation_id=item.get("correlationId"),
    )


def description_of(reservation: Reservation) -> dict[str, Any]:
    request_id = reservation.correlation_id
    return {
        "eventId": reservation.event_id,
        "userId": reservation.user_id,
        "organizerId": reservation.organizer_id,
        "currency": reservation.currency,
        "requestHash": reservation.request_hash,
        "seats": [list(seat) for seat in reservation.seats],
        **policy_kept(reservation.refund_policy),
        **({} if request_id is None else {"correlationId": request_id}),
    }


def expired_counting(table_name: str, reservation: Reservation) -> list[dict[str, Any]]:
    """The writes that add an expired reservation's seats to the report's counts."""
    lines = Counter((seat.section, seat.category, seat.price_cents) for seat in reservation.seats)
    return [
        {
            "Update": {
                "TableName": table_name,
                "Key": marshal(
                    {
                        "PK": expired_partition(reservation.event_id),
                        "SK": f"{section}#{category}#{price_cents}",
                    }
                ),
                "UpdateExpression": (
                    "SET #section = :section, category = :category, priceCents = :price"
                    " ADD seats :seats"
                ),
                "ExpressionAttributeNames": {"#section": "section"},
                "ExpressionAttributeValues": marshal(
                    {
                        ":section": section,
                        ":category": category,
                        ":price": price_cents,
                        ":seats": seats,
                    }
                ),
            }
        }
        for (section, category, price_cents), seats in lines.items()
    ]
