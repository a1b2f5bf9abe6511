"""What is asked of which function: requests as the gateway makes them, ready to be carried out."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple
from uuid import uuid4

import httpx

from embedded.bench.caller import Caller, Json
from embedded.bench.cost.buyer import eventually
from embedded.bench.cost.shop import put_on_sale

SEATS: Final = 2_000
PARTY: Final = 2
# The last one is recorded; before it the function has met each kind of thing once.
EVENTS: Final = 3
_CARD: Final = {"type": "card", "token": "tok_ok"}  # nosec B105


class Act(NamedTuple):
    """`prepare` makes one request's body, or its query, as this customer; `uncached` are modules
    whose CACHED_FOR is nothing here.
    """

    domain: str
    method: str
    path: str
    prepare: Callable[["Customer"], Json]
    uncached: tuple[str, ...] = ()


class Customer:
    """A new one, and seats of the event that nobody else asks for."""

    def __init__(self, http: httpx.Client, event_id: int, first_seat: int) -> None:
        self.event_id = event_id
        self.seat_ids = list(range(first_seat, first_seat + PARTY))
        self.caller = Caller.customer(http)

    def hold(self) -> str:
        wish = {"eventId": self.event_id, "seatIds": self.seat_ids}
        made: str = self.caller.post("/v1/seats/reserve", wish)["reservationId"]
        return made


def _reserve(customer: Customer) -> Json:
    return {"eventId": customer.event_id, "seatIds": customer.seat_ids}


def _order(customer: Customer) -> Json:
    return {"reservationId": customer.hold()}


def _charge(customer: Customer) -> Json:
    headers = {"Idempotency-Key": str(uuid4())}
    body = {"reservationId": customer.hold()}
    order = customer.caller.send("POST", "/v1/orders", json=body, headers=headers)

    def is_announced() -> bool:
        return bool(customer.caller.get("/v1/payments", orderId=order["orderId"])["items"])

    eventually("the payment's announcement", is_announced)
    return {
        "merchantOrderId": order["orderId"],
        "amountCents": order["totalCents"],
        "currency": order["currency"],
        "paymentMethod": _CARD,
    }


def _availability(customer: Customer) -> Json:
    return {"eventId": str(customer.event_id)}


ACTS: Final[Mapping[str, Act]] = {
    "reserve": Act("seating", "POST", "/v1/seats/reserve", _reserve),
    "order": Act("orders", "POST", "/v1/orders", _order),
    "charge": Act("payments", "POST", "/v1/charge", _charge),
    "availability, 2,000 seats": Act(
        "seating",
        "GET",
        "/v1/seats/availability",
        _availability,
        ("functions.seating.availability", "functions.seating.availability_views"),
    ),
}


def requests(http: httpx.Client, act: Act) -> list[Json]:
    """Each of a customer of its own, for an event of this act's own."""
    event_id = put_on_sale(Caller.administrator(http), SEATS)
    customers = [Customer(http, event_id, 1 + PARTY * number) for number in range(EVENTS)]
    return [_request(act, customer) for customer in customers]


def _request(act: Act, customer: Customer) -> Json:
    given = act.prepare(customer)
    is_read = act.method == "GET"
    headers = {
        "accept": "application/json",
        "authorization": customer.caller.authorization,
        "content-type": "application/json",
        "host": "localhost",
        "idempotency-key": str(uuid4()),
        "x-request-id": str(uuid4()),
    }
    query = given if is_read else None
    context: dict[str, Any] = {
        "requestId": str(uuid4()),
        "stage": "live",
        "path": act.path,
        "httpMethod": act.method,
        "identity": {"sourceIp": "127.0.0.1"},
    }
    return {
        "resource": "/{proxy+}",
        "httpMethod": act.method,
        "path": act.path,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": query and {key: [query[key]] for key in query},
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": context,
        "body": None if is_read else json.dumps(given),
        "isBase64Encoded": False,
    }
