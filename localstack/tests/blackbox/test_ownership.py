"""What belongs to somebody else is answered exactly as what does not exist."""

import re
from typing import Any, NamedTuple

import pytest

from blackbox.caller import Caller, gave, new_key, refused
from blackbox.routes import ABSENT_ID, ABSENT_OPAQUE
from blackbox.show import Booking, Show, plan

CHARGE = {"amountCents": 1050, "currency": "INR"}


class Asked(NamedTuple):
    """`{...}` in the path or the body names what it is about."""

    method: str
    path: str
    body: dict[str, Any] | None = None
    needs_key: bool = False


# What a customer asks about another customer's things.
OF_A_CUSTOMER = [
    Asked("GET", "/v1/users/{user}"),
    Asked("PUT", "/v1/users/{user}", {"city": "Pune"}),
    Asked("DELETE", "/v1/users/{user}"),
    Asked("GET", "/v1/seats/reservations/{reservation}"),
    Asked("POST", "/v1/seats/release", {"reservationId": "{reservation}"}),
    Asked("POST", "/v1/orders", {"reservationId": "{reservation}"}, needs_key=True),
    Asked("GET", "/v1/orders/{order}"),
    Asked("GET", "/v1/orders/{order}/tickets"),
    Asked("POST", "/v1/orders/{order}/cancel"),
    Asked("GET", "/v1/tickets/{ticket}"),
    Asked("GET", "/v1/tickets/{ticket}/qr.svg"),
    Asked("POST", "/v1/charge", {"merchantOrderId": "{order}", **CHARGE}, needs_key=True),
    Asked("GET", "/v1/payments/{payment}"),
    Asked("POST", "/v1/refund", {"paymentId": "{payment}"}, needs_key=True),
    Asked("POST", "/v1/refund", {"paymentId": "{payment}", "amountCents": 1}, needs_key=True),
]

# What an organizer asks about another organizer's event, or a thing of its customers.
OF_AN_ORGANIZER = [
    Asked("PATCH", "/v1/events/{event}", {"title": "Mine now"}),
    Asked("PATCH", "/v1/events/{event}", {"status": "CANCELLED"}),
    Asked("POST", "/v1/events/{event}/cancel", {"reason": "Mine now"}),
    Asked("PUT", "/v1/events/{event}/seats", plan()),
    Asked("GET", "/v1/seats/report?eventId={event}"),
    Asked("POST", "/v1/seats/block", {"eventId": "{event}", "seatIds": [5]}),
    Asked("POST", "/v1/seats/unblock", {"eventId": "{event}", "seatIds": [5]}),
    Asked("POST", "/v1/seats/allocate", {"reservationId": "{reservation}"}),
    Asked("POST", "/v1/refund", {"paymentId": "{payment}"}, needs_key=True),
    Asked("GET", "/v1/orders/{order}"),
    Asked("GET", "/v1/users/{user}"),
]

ABSENT = {
    "user": ABSENT_ID,
    "event": ABSENT_ID,
    "reservation": ABSENT_OPAQUE,
    "order": ABSENT_OPAQUE,
    "payment": ABSENT_OPAQUE,
    "ticket": ABSENT_OPAQUE,
}


@pytest.fixture(scope="module")
def things(
    customer: Caller, reservation: dict[str, Any], booking: Booking, show: Show
) -> dict[str, str]:
    return {
        "user": str(customer.user_id),
        "event": str(show.event_id),
        "reservation": reservation["reservationId"],
        "order": booking.order_id,
        "payment": booking.payment_id,
        "ticket": booking.ticket_id,
    }


def ask(caller: Caller, asked: Asked, names: dict[str, str]) -> dict[str, Any]:
    """The problem that the caller gets, with `{...}` again where it says what it is about."""
    path, body = asked.path, asked.body
    told = f"{path} {body}"
    names = {name: value for name, value in names.items() if f"{{{name}}}" in told}
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", value)
    if body is not None:
        body = {each: _named(value, names) for each, value in body.items()}
    key = new_key() if asked.needs_key else None
    problem = refused(caller.ask(asked.method, path, body, key=key), 404, "not-found")
    return {member: _unnamed(value, names) for member, value in problem.items()}


def _named(value: Any, names: dict[str, str]) -> Any:
    if not isinstance(value, str) or not value.startswith("{"):
        return value
    name = value.strip("{}")
    return int(names[name]) if name in ("user", "event") else names[name]


def _unnamed(value: Any, names: dict[str, str]) -> Any:
    for name, named in names.items():
        if isinstance(value, str):
            value = re.sub(rf"(?<![\w-]){re.escape(named)}(?![\w-])", f"{{{name}}}", value)
    return value


def names(asked: Asked) -> str:
    return f"{asked.method} {asked.path} {list(asked.body or [])}"


@pytest.mark.parametrize("asked", OF_A_CUSTOMER, ids=names)
def test_another_customers_things_are_as_if_they_were_not(
    stranger: Caller, things: dict[str, str], asked: Asked
) -> None:
    assert ask(stranger, asked, things) == ask(stranger, asked, ABSENT)


@pytest.mark.parametrize("asked", OF_AN_ORGANIZER, ids=names)
def test_another_organizers_event_is_as_if_it_were_not_mine_to_touch(
    rival: Caller, things: dict[str, str], asked: Asked
) -> None:
    assert ask(rival, asked, things) == ask(rival, asked, ABSENT)


def test_the_owner_sees_all_of_it_unchanged(customer: Caller, things: dict[str, str]) -> None:
    assert gave(customer.get(f"/v1/orders/{things['order']}"))["status"] == "CONFIRMED"
    assert gave(customer.get(f"/v1/payments/{things['payment']}"))["status"] == "SUCCESS"
    assert gave(customer.get(f"/v1/tickets/{things['ticket']}"))["ticketId"] == things["ticket"]
    held = gave(customer.get(f"/v1/seats/reservations/{things['reservation']}"))
    assert held["status"] == "ACTIVE"


def test_a_list_shows_ones_own_only(
    customer: Caller, stranger: Caller, things: dict[str, str]
) -> None:
    mine = gave(customer.get("/v1/orders"))["items"]
    assert [order["orderId"] for order in mine] == [things["order"]]
    assert gave(stranger.get("/v1/orders"))["items"] == []
    assert gave(stranger.get("/v1/orders", eventId=things["event"]))["items"] == []
    assert gave(customer.get("/v1/payments", orderId=things["order"]))["items"]
    foreign = gave(stranger.get("/v1/payments", orderId=things["order"]))
    assert foreign == gave(stranger.get("/v1/payments", orderId=ABSENT_OPAQUE))
    assert foreign["items"] == []


def test_a_customer_does_not_list_for_another(stranger: Caller, things: dict[str, str]) -> None:
    refused(stranger.get("/v1/orders", userId=things["user"]), 403, "forbidden")


def test_an_administrator_reads_what_belongs_to_others(
    administrator: Caller, things: dict[str, str]
) -> None:
    assert gave(administrator.get(f"/v1/users/{things['user']}"))["role"] == "CUSTOMER"
    found = gave(administrator.get("/v1/orders", userId=things["user"]))["items"]
    assert [order["orderId"] for order in found] == [things["order"]]


def test_a_ticket_is_admitted_by_its_organizer_alone(
    customer: Caller, rival: Caller, show: Show, things: dict[str, str]
) -> None:
    code = gave(customer.get(f"/v1/tickets/{things['ticket']}"))["code"]
    body = {"code": code, "eventId": show.event_id}
    refused(rival.post("/v1/tickets/verify", body), 404, "not-found")
    refused(customer.post("/v1/tickets/verify", body), 403, "forbidden")
