"""Clients of the API: each a customer of its own, with seats that nobody else asks for."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import cycle
from typing import Final
from uuid import uuid4

import httpx

from embedded.bench.caller import Caller, Json, connect
from embedded.bench.cost.shop import put_on_sale
from embedded.bench.http.load import Act
from embedded.stack import RunningStack

SEATS: Final = 2_000
PARTY: Final = 2
_CARD: Final = {"type": "card", "token": "tok_ok"}  # nosec B105
_WAIT_SECONDS: Final = 60
_POLL_SECONDS: Final = 0.2


class Client:
    """One customer after the other, as ten tickets are the most that one may buy."""

    def __init__(self, http: httpx.Client, event_id: int, seats: Iterator[list[int]]) -> None:
        self._http = http
        self._event_id = event_id
        self._seats = seats
        self._customers: Iterator[Caller] = cycle([Caller.customer(http)])

    def prepare(self, customers: int) -> None:
        """Sign up so many, who come by turns; signing up is not what is measured."""
        self._customers = cycle([Caller.customer(self._http) for _ in range(customers)])

    def reserve(self) -> bool:
        """A hold."""
        self._hold(next(self._customers))
        return True

    def order(self) -> bool:
        """A hold, and an order that waits to be paid: what the order alone took is the rest."""
        customer = next(self._customers)
        self._order(customer, self._hold(customer), None)
        return True

    def book(self) -> bool:
        """A hold, the order with its card, and the confirmation."""
        customer = next(self._customers)
        order = self._order(customer, self._hold(customer), _CARD)
        path, deadline = f"/v1/orders/{order['orderId']}", time.monotonic() + _WAIT_SECONDS
        while order["status"] == "PENDING" and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
            order = customer.get(path)
        return bool(order["status"] == "CONFIRMED")

    def availability(self) -> bool:
        """The whole map of an event of 2,000 seats, which every client asks for anew."""
        next(self._customers).get("/v1/seats/availability", eventId=self._event_id)
        return True

    def search(self) -> bool:
        next(self._customers).get("/v1/events/search", city="ahmedabad", q="seats")
        return True

    def _hold(self, customer: Caller) -> str:
        wish = {"eventId": self._event_id, "seatIds": next(self._seats)}
        made: str = customer.post("/v1/seats/reserve", wish)["reservationId"]
        return made

    def _order(self, customer: Caller, reservation_id: str, card: Json | None) -> Json:
        body = {"reservationId": reservation_id} | ({"paymentMethod": card} if card else {})
        headers = {"Idempotency-Key": str(uuid4())}
        answer: Json = customer.ask("POST", "/v1/orders", json=body, headers=headers).json()
        return answer


# What is done, and whether each time takes a customer and seats of its own.
ACTS: Final[Mapping[str, tuple[Callable[[Client], bool], bool]]] = {
    "reserve": (Client.reserve, True),
    "reserve and order": (Client.order, True),
    "whole booking": (Client.book, True),
    "availability, 2,000 seats": (Client.availability, False),
    "event search": (Client.search, False),
}


def crowd(stack: RunningStack, exits: ExitStack, what: str, clients: int, times: int) -> list[Act]:
    """So many clients of a new event, each ready to do this so many times."""
    do, takes = ACTS[what]
    http = exits.enter_context(connect(stack.url))
    event_id = put_on_sale(Caller.administrator(http), SEATS)
    acts: list[Act] = []
    for number in range(clients):
        seats = _parties(1 + number * times * PARTY, times)
        client = Client(exits.enter_context(connect(stack.url)), event_id, seats)
        client.prepare(times if takes else 1)
        acts.append(lambda client=client: do(client))  # type: ignore[misc]
    return acts


def _parties(first: int, times: int) -> Iterator[list[int]]:
    """Neighbours, from the first seat on."""
    for start in range(first, first + times * PARTY, PARTY):
        yield list(range(start, start + PARTY))
