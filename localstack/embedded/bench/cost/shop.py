"""An event on sale, and what selling its seats, or not selling them, leaves behind."""

import time
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx

from embedded.bench.caller import Caller
from embedded.bench.cost.buyer import WAYS, Buyer, eventually
from embedded.bench.cost.footprint import Footprint, log_bytes_of, transitions_of
from embedded.bench.cost.invocations import Counted, Invocation
from embedded.stack import RunningStack

_SECTION: Final = "Floor"
_ROW_SEATS: Final = 25
# OrderPlaced, PaymentSucceeded, OrderConfirmed; and ReservationExpired, SeatsFreed.
_BOOKING_EVENTS: Final = 3
_ABANDONED_EVENTS: Final = 2
# What `_expire` does to claims itself, and their stream tells.
_OUR_OWN: Final = "MODIFY CLAIMS"


def put_on_sale(organizer: Caller, seats: int) -> int:
    """The id of a new event of one section, in rows of 25 seats, that can be bought from."""
    venue = {"name": "Bench Hall", "city": "Ahmedabad", "capacity": seats}
    event = {
        "venueId": organizer.post("/v1/venues", venue)["venueId"],
        "title": f"{seats:,} seats",
        "eventType": "CONCERT",
        "eventDate": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
        "basePriceCents": 100_000,
        "status": "SCHEDULED",
    }
    event_id: int = organizer.post("/v1/events", event)["eventId"]
    rows = [{"row": str(row + 1), "seats": _ROW_SEATS} for row in range(seats // _ROW_SEATS)]
    sections = [{"name": _SECTION, "priceCents": 100_000, "rows": rows}]
    path = f"/v1/events/{event_id}"
    organizer.send("PUT", f"{path}/seats", json={"sections": sections})
    organizer.send("PATCH", path, json={"status": "ON_SALE"})
    return event_id


class Shop:
    """Sells from the first seat on, one customer after the other."""

    def __init__(
        self, stack: RunningStack, counted: Counted, http: httpx.Client, seats: int = 200
    ) -> None:
        self._stack = stack
        self._counted = counted
        self._http = http
        self._event_id = put_on_sale(Caller.administrator(http), seats)
        self._free = iter(range(1, seats + 1))

    def bookings(self, way: str, parties: tuple[int, ...]) -> list[Footprint]:
        """One for each party of so many, each confirmed before the next begins."""
        bought: list[tuple[int, Buyer]] = []
        for seats in parties:
            buyer = self._buyer()
            WAYS[way](buyer, self._take(seats))
            buyer.await_confirmed()
            bought.append((seats, buyer))
        return [self._booking(seats, buyer) for seats, buyer in bought]

    def abandoned(self, parties: tuple[int, ...]) -> list[Footprint]:
        """One hold for each party that nobody pays for, until its end was told."""
        return [self._abandoned(seats) for seats in parties]

    def _buyer(self) -> Buyer:
        return Buyer(self._stack, self._counted, self._http, self._event_id)

    def _take(self, count: int) -> list[int]:
        return [next(self._free) for _ in range(count)]

    def _booking(self, seats: int, buyer: Buyer) -> Footprint:
        invocations, history = self._once_told(buyer, _BOOKING_EVENTS), buyer.history()
        return Footprint(
            seats,
            buyer.requests,
            buyer.answered_bytes,
            invocations,
            transitions_of(history),
            log_bytes_of(history, buyer.execution),
        )

    def _abandoned(self, seats: int) -> Footprint:
        buyer = self._buyer()
        buyer.hold(self._take(seats))
        self._expire(buyer)
        told = self._once_told(buyer, _ABANDONED_EVENTS)
        invocations = [one for one in told if not one.what.endswith(_OUR_OWN)]
        return Footprint(seats, buyer.requests, buyer.answered_bytes, invocations)

    def _expire(self, buyer: Buyer) -> None:
        """Have its hold be over, behind everybody's back: the sweeper finds it, as TTL does."""
        dynamodb, table = self._stack.client("dynamodb"), self._stack.tables["seating"]
        over = {":over": {"N": str(int(time.time()) - 1)}}
        dynamodb.update_item(
            TableName=table,
            Key={"PK": {"S": f"RESERVATION#{buyer.reservation_id}"}, "SK": {"S": "RECORD"}},
            UpdateExpression="SET expiresAt = :over",
            ExpressionAttributeValues=over,
        )
        claims = dynamodb.query(
            TableName=table,
            KeyConditionExpression="PK = :claims",
            FilterExpression="reservationId = :it",
            ExpressionAttributeValues={
                ":claims": {"S": f"CLAIMS#{self._event_id}#{_SECTION}"},
                ":it": {"S": buyer.reservation_id},
            },
        )["Items"]
        for claim in claims:
            dynamodb.update_item(
                TableName=table,
                Key={name: claim[name] for name in ("PK", "SK")},
                UpdateExpression="SET expiresAt = :over, #ttl = :over",
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues=over,
            )

    def _once_told(self, buyer: Buyer, events: int) -> list[Invocation]:
        """All that came of a buyer's requests, when the last of so many events is told."""

        def told() -> bool:
            about = self._counted.about(buyer.ids)
            return sum(one.events for one in about) >= events

        eventually("all that is told of it", told)
        return self._counted.about(buyer.ids)
