"""What clients asked, so that each request can be sent again as it was, at any later time."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from functions.payments.domain import payment_id_of
from functions.seating.tests.shows import ORGANIZER
from functions.shared.tests.deployed import Answer
from functions.shared.tokens import Role
from statemachines.tests.world.world import World

# What a key stands for from then on: what was made, what is under way, and a decline.
_KEPT = (HTTPStatus.CREATED, HTTPStatus.ACCEPTED, HTTPStatus.PAYMENT_REQUIRED)


@dataclass
class Request:
    """A POST. `frees` is the reservation that it would give back, `gives_up` the order, or of it
    only the tickets of `gives_up_seats`; `kept` the answer that the same key must bring from now
    on.
    """

    user_id: int
    path: str
    body: dict[str, Any]
    key: str
    frees: str | None = None
    gives_up: str | None = None
    gives_up_seats: tuple[int, ...] = ()
    role: Role = Role.CUSTOMER
    kept: Answer | None = None

    def send(self, world: World) -> Answer | None:
        """The answer, if one came: if it was kept, the same as ever."""
        answer = world.ask(self.user_id, "POST", self.path, self.body, key=self.key, role=self.role)
        if answer is None or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return answer
        if answer.status == HTTPStatus.UNAUTHORIZED:
            # It was delayed for longer than a token is good for, and nobody looked at the key.
            return answer
        if self.kept is not None:
            before, again = (self.kept.status, self.kept.body), (answer.status, answer.body)
            assert again == before, f"{self.path} of key {self.key} was {before}, is {again}"
        elif self.has_key and answer.status in _KEPT:
            self.kept = answer
        return answer

    @property
    def has_key(self) -> bool:
        """Giving up takes none: it may be asked any number of times, and says what is."""
        return self.frees is None and not self.path.endswith("/cancel")


def reserving(user_id: int, key: str, event_id: int, seat_ids: list[int]) -> Request:
    return Request(user_id, "/v1/seats/reserve", {"eventId": event_id, "seatIds": seat_ids}, key)


def releasing(user_id: int, key: str, reservation_id: str) -> Request:
    body = {"reservationId": reservation_id}
    return Request(user_id, "/v1/seats/release", body, key, frees=reservation_id)


def ordering(user_id: int, key: str, wanted: dict[str, Any], token: str | None) -> Request:
    """Of a reservation or of seats; paid with it if there is a token."""
    method = {} if token is None else {"paymentMethod": {"type": "card", "token": token}}
    return Request(user_id, "/v1/orders", wanted | method, key)


def charging(user_id: int, key: str, order_id: str, amount_cents: int, token: str) -> Request:
    body = {
        "merchantOrderId": order_id,
        "amountCents": amount_cents,
        "paymentMethod": {"type": "card", "token": token},
    }
    return Request(user_id, "/v1/charge", body, key)


def cancelling(user_id: int, key: str, order_id: str) -> Request:
    return Request(user_id, f"/v1/orders/{order_id}/cancel", {}, key, gives_up=order_id)


def refunding(user_id: int, key: str, order_id: str, seat_ids: tuple[int, ...] = ()) -> Request:
    """Of these tickets, or of the whole order."""
    body: dict[str, Any] = {"paymentId": payment_id_of(order_id)}
    if seat_ids:
        body["ticketIds"] = [f"{order_id}-{seat_id}" for seat_id in seat_ids]
    return Request(user_id, "/v1/refund", body, key, gives_up=order_id, gives_up_seats=seat_ids)


def giving(key: str, order_id: str, amount_cents: int) -> Request:
    """What the organizer gives back for no ticket."""
    body = {"paymentId": payment_id_of(order_id), "amountCents": amount_cents}
    return Request(ORGANIZER, "/v1/refund", body, key, role=Role.EVENT_ORGANIZER)
