"""The things that everybody asks about, and everybody who asks."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from e2e.client import PASSWORD as _PASSWORD
from e2e.client import Client, created, hall, ok, register, sign_in

from authorization.matrix import Role, Route
from authorization.requests import Asked

# What nothing has, in the way of each thing.
ABSENT_ID = 2_147_483_000
ABSENT_OPAQUE = "00000000-0000-4000-8000-000000000000"
_INTEGERS = ("user_id", "event_id", "venue_id")


@dataclass
class Scene:
    """`things` are a customer's, at an event of an organizer; `callers` are by their roles."""

    url: str
    callers: dict[Role, Client]
    things: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def set_up(cls, url: str, administrator: Client) -> "Scene":
        organizer, rival = (_organizer(url, administrator) for _ in range(2))
        callers = {
            Role.NOBODY: Client(url),
            Role.CUSTOMER: register(url),
            Role.STRANGER: register(url),
            Role.RIVAL: rival,
            Role.ORGANIZER: organizer,
            Role.ADMIN: administrator,
        }
        hall(rival)
        scene = cls(url, callers)
        scene.things = _things(callers)
        return scene

    def absent(self) -> dict[str, Any]:
        """Ids of nothing, by the same names."""
        return {
            name: ABSENT_ID if name in _INTEGERS else ABSENT_OPAQUE
            for name in self.things
            if name not in ("code", "provider", "seat_id")
        }

    def ask(self, role: Role, route: Route, asked: Asked, **other: Any) -> Any:
        """The answer; `other` are ids to name instead of the things' own."""
        caller, things = self.callers[role], self.things | other
        if asked.fresh and "user_id" not in other:
            fresh = register(self.url)
            things["user_id"] = fresh.user_id
            if role is Role.CUSTOMER:
                caller = fresh
        if route == Route("POST", "/v1/events/<event_id>/cancel") or "cancellation" in route.path:
            things["event_id"] = other.get("event_id", things["cancelled_id"])
        path = route.path
        for name, value in things.items():
            path = path.replace(f"<{name}>", str(value))
        return caller.send(
            route.method,
            path,
            params=filled(asked.query, things),
            json=filled(asked.body, things),
            headers={"Idempotency-Key": uuid4().hex},
        )


def filled(value: Any, things: dict[str, Any]) -> Any:
    """With what `{...}` stands for."""
    match value:
        case dict():
            return {name: filled(each, things) for name, each in value.items()}
        case list():
            return [filled(each, things) for each in value]
        case str() if value.startswith("{"):
            return things[value.strip("{}")]
    return value


def _organizer(url: str, administrator: Client) -> Client:
    someone = register(url, "organizer")
    path = f"/v1/users/{someone.user_id}"
    profile = ok(administrator.send("PATCH", f"{path}/role", json={"role": "EVENT_ORGANIZER"}))
    return sign_in(url, profile["username"], _PASSWORD)


def _things(callers: dict[Role, Client]) -> dict[str, Any]:
    organizer, customer = callers[Role.ORGANIZER], callers[Role.CUSTOMER]
    event_id = hall(organizer)
    cancelled_id = hall(organizer)
    ok_or_accepted = organizer.post(f"/v1/events/{cancelled_id}/cancel", {"reason": "Rain"})
    assert ok_or_accepted.status_code == 202, ok_or_accepted.text
    sale = {
        "eventId": event_id,
        "seatIds": [1, 2],
        "userId": customer.user_id,
        "paymentMethod": {"type": "boxOffice"},
    }
    order = created(organizer.post("/v1/orders", sale, key=uuid4().hex, Prefer="wait=20"))
    assert order["status"] == "CONFIRMED", order
    (ticket, _) = ok(customer.get(f"/v1/orders/{order['orderId']}/tickets"))["items"]
    return {
        "user_id": customer.user_id,
        "event_id": event_id,
        "cancelled_id": cancelled_id,
        "venue_id": ok(organizer.get(f"/v1/events/{event_id}"))["venueId"],
        "seat_id": 3,
        "reservation_id": customer.reserve(event_id, [5, 6])["reservationId"],
        "order_id": order["orderId"],
        "ticket_id": ticket["ticketId"],
        "code": ticket["code"],
        "payment_id": order["payment"]["paymentId"],
        "provider": "simulator",
    }
