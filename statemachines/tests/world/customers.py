"""What a customer asks for, as a well-behaved client asks: again, with the same key."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from functions.payments.domain import payment_id_of
from functions.shared.tests.deployed import Answer
from statemachines.tests.world.world import World

_TRIES = 4
_WAIT_SECONDS = 20


@dataclass
class Customer:
    """One user and their newest reservation and order; `is_patient` if they ask again."""

    world: World
    is_patient: bool = True
    user_id: int = field(init=False)
    reservation_id: str | None = None
    order: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self.user_id = self.world.new_user()

    def reserve(self, *seat_ids: int) -> Answer | None:
        body = {"eventId": self.world.event_id, "seatIds": list(seat_ids)}
        answer = self.ask("POST", "/v1/seats/reserve", body)
        if answer is not None and answer.status == HTTPStatus.CREATED:
            self.reservation_id = answer.body["reservationId"]
        return answer

    def place_order(
        self, token: str | None = None, seat_ids: tuple[int, ...] = ()
    ) -> Answer | None:
        """Of the reservation, or of seats; paid with it if there is a token."""
        wanted: dict[str, Any] = {"reservationId": self.reservation_id}
        if seat_ids:
            wanted = {"eventId": self.world.event_id, "seatIds": list(seat_ids)}
        if token is not None:
            wanted["paymentMethod"] = {"type": "card", "token": token}
        answer = self.ask("POST", "/v1/orders", wanted)
        if answer is not None and answer.status == HTTPStatus.CREATED:
            self.order = answer.body
        return answer

    def charge(self, token: str = "tok_ok") -> Answer | None:
        if self.order is None:
            return None
        body = {
            "merchantOrderId": self.order["orderId"],
            "amountCents": self.order["totalCents"],
            "paymentMethod": {"type": "card", "token": token},
        }
        return self.ask("POST", "/v1/charge", body)

    def cancel(self) -> Answer | None:
        """Give the order up, or have it refunded if it is confirmed."""
        if self.order is None:
            return None
        return self.ask("POST", f"/v1/orders/{self.order['orderId']}/cancel", {})

    def refund(self, *seat_ids: int) -> Answer | None:
        """Have the tickets of these seats refunded."""
        if self.order is None:
            return None
        order_id = self.order["orderId"]
        tickets = [f"{order_id}-{seat_id}" for seat_id in seat_ids]
        body = {"paymentId": payment_id_of(order_id), "ticketIds": tickets}
        return self.ask("POST", "/v1/refund", body)

    def release(self) -> Answer | None:
        if self.reservation_id is None:
            return None
        return self.ask("POST", "/v1/seats/release", {"reservationId": self.reservation_id})

    def look(self) -> dict[str, Any]:
        """The order as it is now."""
        assert self.order is not None
        answer = self.ask("GET", f"/v1/orders/{self.order['orderId']}")
        assert answer is not None
        assert answer.status == HTTPStatus.OK
        found: dict[str, Any] = answer.body
        return found

    def ask(self, method: str, path: str, body: Any = None) -> Answer | None:
        """The answer, or None if there is none, for all their patience."""
        key = str(uuid4())
        for _ in range(_TRIES if self.is_patient else 1):
            answer = self.world.ask(self.user_id, method, path, body, key=key)
            if answer is not None and not _is_undecided(answer):
                return answer
            self.world.pass_time(_WAIT_SECONDS)
        return None


def _is_undecided(answer: Answer) -> bool:
    return answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or "Retry-After" in answer.headers
