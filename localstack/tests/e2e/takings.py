"""The customers' own view of a sale, held against what they were told and what they paid."""

from collections import Counter
from typing import Any, Final

from embedded.stack import RunningStack
from sqlalchemy import text

from e2e.client import Client, ok
from e2e.shoppers import Booking

_SETTLED: Final = {"CONFIRMED", "CANCELLED", "FAILED", "REFUNDED"}
# What the provider has taken and not given back, by the provider's own books.
_TAKEN: Final = (
    "SELECT coalesce(sum(amount_cents - refunded_cents), 0)"
    " FROM simulator_charges WHERE outcome = 'CAPTURED'"
)


def check_customers_view(
    organizer: Client, event_ids: list[int], bookings: list[Booking], running: RunningStack
) -> None:
    """What was promised to somebody holds, no seat admits two, and the money is the tickets'."""
    orders = {
        order["orderId"]: order for event_id in event_ids for order in _orders(organizer, event_id)
    }
    placed = {booking.order_id: booking for booking in bookings if booking.order_id}
    assert orders.keys() == placed.keys()
    assert {order["status"] for order in orders.values()} <= _SETTLED

    for order_id, booking in placed.items():
        status = orders[order_id]["status"]
        if booking.told & {"CONFIRMED", "captured"}:
            assert status == "CONFIRMED" or (booking.refund_asked and status == "REFUNDED"), booking
        if "refund REFUNDED" in booking.told or "REFUNDED" in booking.told:
            assert status == "REFUNDED", booking

    admitted: Counter[tuple[int, int]] = Counter()
    for order_id, order in orders.items():
        seats = _admitting(organizer, order_id)
        bought = placed[order_id].seat_ids if order["status"] == "CONFIRMED" else []
        assert seats == bought, order
        admitted.update((order["eventId"], seat) for seat in seats)
    assert [seat for seat, tickets in admitted.items() if tickets > 1] == []

    confirmed = [order for order in orders.values() if order["status"] == "CONFIRMED"]
    assert _taken_cents(running) == sum(order["totalCents"] for order in confirmed)
    statuses = Counter(order["status"] for order in orders.values())
    waiting = [
        booking
        for booking in placed.values()
        if booking.refund_asked and orders[str(booking.order_id)]["status"] == "CONFIRMED"
    ]
    print(f"orders: {dict(statuses)}; refunds accepted and not carried out: {waiting}")


def _orders(organizer: Client, event_id: int) -> list[dict[str, Any]]:
    orders: list[dict[str, Any]] = []
    query: dict[str, Any] = {"eventId": event_id, "limit": 100}
    while True:
        page = ok(organizer.get("/v1/orders", **query))
        orders += page["items"]
        if page["nextCursor"] is None:
            return orders
        query["cursor"] = page["nextCursor"]


def _admitting(organizer: Client, order_id: str) -> list[int]:
    """The seats of an order's tickets that admit."""
    tickets = ok(organizer.get(f"/v1/orders/{order_id}/tickets"))["items"]
    return sorted(ticket["seatId"] for ticket in tickets if ticket["status"] == "VALID")


def _taken_cents(running: RunningStack) -> int:
    engine = running.databases["payments"].engine()
    with engine.connect() as connection:
        taken = int(connection.execute(text(_TAKEN)).scalar_one())
    engine.dispose()
    return taken
