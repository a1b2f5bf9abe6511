"""An event with seats to ask about, and what somebody bought for it."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from blackbox.caller import Caller, gave, new_key

SEATS = 200
PRICE_CENTS = 1000


class Show(NamedTuple):
    venue_id: int
    event_id: int


class Booking(NamedTuple):
    """A confirmed order with one ticket, and what belongs to it."""

    order_id: str
    payment_id: str
    ticket_id: str


def new_event(venue_id: int, **changed: Any) -> dict[str, Any]:
    """A body that creates an event."""
    return {
        "venueId": venue_id,
        "title": "Black box",
        "eventType": "Concert",
        "eventDate": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
        "basePriceCents": PRICE_CENTS,
        "currency": "INR",
        "status": "ON_SALE",
    } | changed


def plan(seats: int = SEATS) -> dict[str, Any]:
    """A seat map of one section of rows of 20."""
    rows = [{"row": str(row + 1), "seats": 20} for row in range(seats // 20)]
    return {"sections": [{"name": "Stalls", "rows": rows}]}


def put_on(organizer: Caller, **changed: Any) -> Show:
    """A new event of this organizer's with a seat map, at a venue of its own."""
    venue = {"name": "Black box", "city": "Pune", "capacity": SEATS}
    venue_id = gave(organizer.post("/v1/venues", venue), 201)["venueId"]
    event = gave(organizer.post("/v1/events", new_event(venue_id, **changed)), 201)
    gave(organizer.ask("PUT", f"/v1/events/{event['eventId']}/seats", plan()))
    return Show(venue_id, event["eventId"])


def sell(organizer: Caller, buyer: Caller, show: Show, seat_id: int) -> Booking:
    """At the box office, which works whoever the deployment's payment provider is."""
    body = {
        "eventId": show.event_id,
        "seatIds": [seat_id],
        "userId": buyer.user_id,
        "paymentMethod": {"type": "boxOffice"},
    }
    wait: dict[str, str | bytes] = {"Prefer": "wait=20"}
    placed = gave(organizer.post("/v1/orders", body, key=new_key(), headers=wait), 201)
    assert placed["status"] == "CONFIRMED", placed
    tickets = gave(buyer.get(f"/v1/orders/{placed['orderId']}/tickets"))["items"]
    return Booking(placed["orderId"], placed["payment"]["paymentId"], tickets[0]["ticketId"])
