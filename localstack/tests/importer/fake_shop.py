"""What the fake API holds, and the rules of the contract that the importer meets."""

from decimal import Decimal
from itertools import count
from typing import Any

Json = dict[str, Any]

MAX_SEATS = 10
MAX_CAPACITY = 1_000_000


class Problem(Exception):  # noqa: N818 - what RFC 9457 calls it
    def __init__(self, status: int, code: str, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.document = {"status": status, "code": code, "detail": detail, **members}

    @classmethod
    def invalid(cls, pointer: str, detail: str) -> "Problem":
        faults = [{"pointer": pointer, "detail": detail}]
        return cls(422, "validation-failed", "wrong", errors=faults)


class Shop:
    """Lists in the order things were made in; a refusal is a Problem and leaves no trace."""

    def __init__(self) -> None:
        self.venues: list[Json] = []
        self.events: list[Json] = []
        self.users: list[Json] = []
        self.orders: list[Json] = []
        self.seats: dict[int, dict[int, Json]] = {}
        # Keys whose seats were held and whose order was never written, longer ago than a hold is.
        self.lapsed_keys: set[str] = set()
        self._by_key: dict[tuple[str, str], tuple[Json, Json]] = {}
        # Not from 1, so that an id of the data taken for an id of the system is found out.
        self._ids = count(5001)

    def add_venue(self, body: Json) -> Json:
        if body["capacity"] > MAX_CAPACITY:
            raise Problem.invalid("/capacity", f"at most {MAX_CAPACITY}")
        venue = {"venueId": next(self._ids), **_exactly(body, "name city capacity")}
        return _kept(self.venues, venue)

    def add_event(self, body: Json) -> Json:
        fields = "venueId title eventType eventDate basePriceCents currency status"
        if body["venueId"] not in {venue["venueId"] for venue in self.venues}:
            raise Problem(404, "not-found", "no such thing")
        return _kept(self.events, {"eventId": next(self._ids), **_exactly(body, fields)})

    def add_user(self, body: Json) -> Json:
        fields = "username email password firstName lastName phoneNumber"
        user = {"id": next(self._ids), **_exactly(body, fields)}
        for name in ("username", "email"):
            if user[name].lower() in {other[name].lower() for other in self.users}:
                raise Problem(409, f"{name}-taken", "taken")
        return {"user": _kept(self.users, user)}

    def put_seats(self, event_id: int, body: Json) -> Json:
        if event_id in self.seats:
            raise Problem(409, "seat-map-fixed", "fixed")
        self.seats[event_id] = {
            seat["seatId"]: {**seat, "section": section["name"], "row": row["row"]}
            for section in body["sections"]
            for row in section["rows"]
            for seat in row["seats"]
        }
        return {"eventId": event_id, "version": 1, "totalSeats": len(self.seats[event_id])}

    def availability(self, event_id: int) -> Json:
        if event_id not in self.seats:
            raise Problem(404, "not-found", "no such thing")
        return {"eventId": event_id, "totalSeats": len(self.seats[event_id])}

    def add_order(self, caller: str, key: str, body: Json) -> tuple[Json, bool]:
        """The order, and whether it is new: the same key and body make it once."""
        known = self._by_key.get((caller, key))
        if known is not None:
            if known[0] != body:
                raise Problem(422, "idempotency-key-reused", "reused")
            return known[1], False
        if key in self.lapsed_keys:
            raise Problem(410, "reservation-expired", "too late")
        order = self._order(body)
        self._by_key[caller, key] = (body, order)
        return _kept(self.orders, order), True

    def _order(self, body: Json) -> Json:
        fields = _exactly(body, "userId eventId seatIds paymentMethod")
        event_id, seat_ids = fields["eventId"], fields["seatIds"]
        event = next(event for event in self.events if event["eventId"] == event_id)
        if fields["userId"] not in {user["id"] for user in self.users}:
            raise Problem(404, "not-found", "no such thing")
        if not 1 <= len(seat_ids) <= MAX_SEATS:
            raise Problem.invalid("/seatIds", f"1 to {MAX_SEATS} seats")
        if event["status"] != "ON_SALE":
            raise Problem(409, "event-not-on-sale", "closed")
        taken = [seat_id for seat_id in seat_ids if seat_id in self.sold(event_id)]
        if taken:
            raise Problem(409, "seats-unavailable", "taken", unavailableSeats=taken)
        if len(self.sold(event_id, fields["userId"])) + len(seat_ids) > MAX_SEATS:
            raise Problem(409, "ticket-limit-reached", f"{MAX_SEATS} tickets")
        subtotal = sum(self.seats[event_id][seat_id]["priceCents"] for seat_id in seat_ids)
        number = next(self._ids)
        return {
            "orderId": f"o-{number}",
            "userId": fields["userId"],
            "eventId": event_id,
            "status": "CONFIRMED",
            "reason": None,
            "totalCents": round(subtotal * Decimal("1.05")),
            "items": [{"seatId": seat_id} for seat_id in seat_ids],
            "createdAt": f"2026-01-01T00:00:{number:08}Z",
        }

    def sold(self, event_id: int, user_id: int | None = None) -> list[int]:
        """The seats of an event that are sold, to anybody or to one user."""
        return [
            item["seatId"]
            for order in self.orders
            if order["eventId"] == event_id and order["status"] in {"PENDING", "CONFIRMED"}
            if user_id in (None, order["userId"])
            for item in order["items"]
        ]


def _kept(things: list[Json], thing: Json) -> Json:
    things.append(thing)
    return thing


def _exactly(body: Json, fields: str) -> Json:
    """The body, if it has these fields and no other, as in the contract."""
    if set(body) != set(fields.split()):
        raise Problem.invalid("", f"not exactly {fields}")
    return body
