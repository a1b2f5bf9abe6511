"""Customers of every kind, and what each of them was told.

A booking is one customer's errand, from choosing seats to whatever it comes to. It asks for nothing
that the API does not promise: seats may be taken, a payment may stay unknown, an order may still be
pending when patience ends.
"""

import random
import time
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import httpx

from e2e.patience import PatientClient

# How often each kind comes in twenty.
KINDS: Final = {
    "paid": 5,
    "paid with the order": 3,
    "declined, then paid": 2,
    "charged, answer lost": 2,
    "never reached the provider": 2,
    "refunded": 2,
    "cancelled unpaid": 1,
    "order abandoned": 1,
    "hold abandoned": 1,
    "hold given back": 1,
}
SEATS: Final = 40
_TRIES: Final = 12
_PATIENCE_SECONDS: Final = 8


@dataclass
class Booking:
    """`told` is every status of the order, and of its payment, that the customer was shown."""

    kind: str
    seat_ids: list[int] = field(default_factory=list)
    order_id: str | None = None
    total_cents: int = 0
    told: set[str] = field(default_factory=set)
    refund_asked: bool = False
    came_to: str = "nothing"


class Shopper:
    """One booking by one customer. All its chances and keys come from `chance`."""

    def __init__(
        self, client: PatientClient, kind: str, event_ids: list[int], chance: random.Random
    ) -> None:
        self.client = client
        self.booking = Booking(kind)
        self._event_ids = event_ids
        self._chance = chance

    def shop(self) -> Booking:
        """Run the errand; what came of it."""
        wish = self._order_at_once if self.booking.kind == "paid with the order" else self._reserve
        found = self._find_seats(wish)
        if found is None:
            self.booking.came_to = "no seats"
            return self.booking
        match self.booking.kind:
            case "hold abandoned":
                self.booking.came_to = "held"
                return self.booking
            case "hold given back":
                answer = self._post("/v1/seats/release", {"reservationId": found["reservationId"]})
                self.booking.came_to = f"release {answer.status_code}"
                return self.booking
            case "paid with the order":
                self._ordered(found)
            case _:
                answer = self._post("/v1/orders", {"reservationId": found["reservationId"]})
                if answer.status_code != 201:
                    self.booking.came_to = f"order {answer.json()['code']}"
                    return self.booking
                self._ordered(answer.json())
        self._pay()
        self._look_until_decided()
        return self.booking

    def _pay(self) -> None:
        match self.booking.kind:
            case "paid" | "refunded":
                self._charge("tok_ok")
            case "declined, then paid":
                if self._charge("tok_declined") == 402:
                    self._charge("tok_ok")
            case "charged, answer lost":
                self._charge("tok_timeout_after")
            case "never reached the provider":
                self._charge("tok_timeout_before")
            case "cancelled unpaid":
                self._post(f"/v1/orders/{self.booking.order_id}/cancel")

    def _look_until_decided(self) -> None:
        if self.booking.kind == "order abandoned":
            self.booking.came_to = "PENDING"
            return
        order = self._look(lambda order: order["status"] != "PENDING")
        if self.booking.kind == "refunded" and order["status"] == "CONFIRMED":
            self.booking.refund_asked = True
            answer = self._post("/v1/refund", {"paymentId": order["payment"]["paymentId"]})
            if answer.status_code == 201:
                self.booking.told.add(f"refund {answer.json()['status']}")
            order = self._look(lambda order: order["status"] == "REFUNDED")
        self.booking.came_to = order["status"]

    def _look(self, accept: Any) -> dict[str, Any]:
        """The order once it is as hoped for, or when patience has ended."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            answer = self.client.get(f"/v1/orders/{self.booking.order_id}")
            assert answer.status_code == 200, answer.text
            order: dict[str, Any] = answer.json()
            self.booking.told.add(order["status"])
            if accept(order) or time.monotonic() > deadline:
                return order
            time.sleep(1)

    def _find_seats(self, ask: Any) -> dict[str, Any] | None:
        """What was got for the first seats that were free, of any event."""
        for _ in range(_TRIES):
            event_id = self._chance.choice(self._event_ids)
            wanted = sorted(self._chance.sample(range(1, SEATS + 1), self._chance.randint(1, 3)))
            answer = ask(event_id, wanted)
            if answer.status_code == 201:
                self.booking.seat_ids = wanted
                found: dict[str, Any] = answer.json()
                return found
            assert answer.status_code == 409, answer.text
        return None

    def _reserve(self, event_id: int, seat_ids: list[int]) -> httpx.Response:
        return self._post("/v1/seats/reserve", {"eventId": event_id, "seatIds": seat_ids})

    def _order_at_once(self, event_id: int, seat_ids: list[int]) -> httpx.Response:
        method = {"type": "card", "token": "tok_ok"}
        body = {"eventId": event_id, "seatIds": seat_ids, "paymentMethod": method}
        return self._post("/v1/orders", body)

    def _ordered(self, order: dict[str, Any]) -> None:
        self.booking.order_id = order["orderId"]
        self.booking.total_cents = order["totalCents"]
        self.booking.told.add(order["status"])

    def _charge(self, token: str) -> int:
        body = {
            "merchantOrderId": self.booking.order_id,
            "amountCents": self.booking.total_cents,
            "paymentMethod": {"type": "card", "token": token},
        }
        answer = self._post("/v1/charge", body)
        if answer.status_code == 201:
            self.booking.told.add("captured")
        return answer.status_code

    def _post(self, path: str, body: Any = None) -> httpx.Response:
        key = str(UUID(int=self._chance.getrandbits(128), version=4))
        return self.client.post(path, body, key=key)
