"""Items of the two tables as facts: DynamoDB's own spelling in, so that nothing is parsed twice.

A scan brings tens of thousands of items; to unmarshal each in general would be most of the time.
"""

import json
import zlib
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from functions.audit.facts import Claim, Line, Order, OrderRefund, Record, Slot, Ticket

Item = Mapping[str, Any]


def text(item: Item, name: str) -> str | None:
    return item[name]["S"] if name in item else None


def number(item: Item, name: str, default: int = 0) -> int:
    return int(item[name]["N"]) if name in item else default


def instant(item: Item, name: str) -> datetime | None:
    """From epoch seconds."""
    return datetime.fromtimestamp(int(item[name]["N"]), UTC) if name in item else None


def claim_of(item: Item) -> Claim:
    event_id, _, section = item["PK"]["S"].removeprefix("CLAIMS#").partition("#")
    return Claim(
        event_id=int(event_id),
        section=section,
        seat_id=int(item["SK"]["S"]),
        status=item["status"]["S"],
        reservation_id=text(item, "reservationId"),
        order_id=text(item, "orderId"),
        expires_at=instant(item, "expiresAt"),
        is_swept="ttl" in item,
    )


def record_of(item: Item) -> Record:
    seats: Sequence[Any] = item["seats"]["L"]
    return Record(
        reservation_id=item["PK"]["S"].removeprefix("RESERVATION#"),
        event_id=number(item, "eventId"),
        user_id=number(item, "userId"),
        status=item["status"]["S"],
        order_id=text(item, "orderId"),
        expires_at=datetime.fromtimestamp(int(item["expiresAt"]["N"]), UTC),
        seats=tuple((int(seat["L"][0]["N"]), seat["L"][1]["S"]) for seat in seats),
    )


def slot_of(item: Item) -> Slot:
    _, event_id, user_id = item["PK"]["S"].split("#")
    return Slot(
        event_id=int(event_id),
        user_id=int(user_id),
        active=text(item, "active"),
        active_seats=number(item, "activeQty"),
        active_expires_at=instant(item, "activeExpiresAt"),
        sold=number(item, "soldQty"),
    )


def order_of(item: Item) -> Order:
    return Order(
        order_id=item["PK"]["S"].removeprefix("ORDER#"),
        event_id=number(item, "eventId"),
        user_id=number(item, "userId"),
        reservation_id=item["reservationId"]["S"],
        status=item["status"]["S"],
        lines=tuple(_line(line["L"]) for line in item["lines"]["L"]),
        subtotal_cents=number(item, "subtotalCents"),
        total_cents=number(item, "totalCents"),
        expires_at=datetime.fromisoformat(item["expiresAt"]["S"]),
        updated_at=datetime.fromisoformat(item["updatedAt"]["S"]),
        refund_id=text(item, "refundId"),
        is_open="GSI3PK" in item,
        refunded_cents=number(item, "refundedCents"),
    )


def order_refund_of(item: Item) -> OrderRefund:
    return OrderRefund(
        refund_id=item["SK"]["S"].removeprefix("REFUND#"),
        order_id=item["PK"]["S"].removeprefix("ORDER#"),
        seat_ids=tuple(int(seat_id["N"]) for seat_id in item["seatIds"]["L"]),
        amount_cents=number(item, "amountCents"),
        is_full=item["isFull"]["BOOL"],
        status=item["status"]["S"],
    )


def ticket_of(item: Item) -> Ticket:
    line = _line(item["line"]["L"])
    return Ticket(
        order_id=item["PK"]["S"].removeprefix("ORDER#"),
        event_id=number(item, "eventId"),
        seat_id=int(item["SK"]["S"].removeprefix("TICKET#")),
        price_cents=line.price_cents,
        status=item["status"]["S"],
        refund_id=text(item, "refundId"),
    )


def _line(line: Sequence[Any]) -> Line:
    # Seat id, section, row, number, price: lists, because names would cost a write unit.
    return Line(int(line[0]["N"]), line[1]["S"], int(line[4]["N"]))


def map_seats(items: Sequence[Item]) -> Iterator[tuple[int, str]]:
    """Seat id and section of every seat in a map's items: a table of contents and chunks."""
    by_place = {item["SK"]["S"]: _packed(item) for item in items}
    sections = by_place.pop("DIRECTORY", None)
    if sections is None:
        return
    for place, chunk in by_place.items():
        section = sections[int(place.partition("#")[0])][0]
        for seat in chunk["seats"]:
            yield seat[0], section


def _packed(item: Item) -> Any:
    body = item["body"]["B"]
    # A scan's items come unparsed (`tables.py`), their bytes as text.
    return json.loads(zlib.decompress(body if isinstance(body, bytes) else b64decode(body)))
