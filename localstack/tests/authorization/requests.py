"""A request for each route that is right in itself, so that only who asks can be wrong with it.

`{...}` names one of the scene's things (scene.py). What lets its caller in may still be refused for
the state of things: an event with orders keeps its venue, a sold seat is not blocked.
"""

from typing import Any, Final, NamedTuple

from authorization.matrix import MATRIX, Route


class Asked(NamedTuple):
    """Beside what the path's own `<...>` say. `fresh`: it takes a user of its own to ask about."""

    body: dict[str, Any] | None = None
    query: dict[str, Any] | None = None
    fresh: bool = False


_PLAN: Final = {"sections": [{"name": "Stalls", "rows": [{"row": "1", "seats": 10}]}]}
_NAMED: Final = {
    "POST /v1/users/register": Asked({}),
    "POST /v1/users/login": Asked({}),
    "POST /v1/users/token/refresh": Asked({}),
    "POST /v1/users/password/forgot": Asked({}),
    "POST /v1/users/password/reset": Asked({}),
    "POST /v1/users/logout": Asked({"refreshToken": "x" * 43}),
    "PUT /v1/users/me/password": Asked({}),
    "PUT /v1/users/<user_id>": Asked({"city": "Pune"}),
    "DELETE /v1/users/<user_id>": Asked(fresh=True),
    "PATCH /v1/users/<user_id>/status": Asked({"status": "ACTIVE"}),
    "PATCH /v1/users/<user_id>/role": Asked({"role": "CUSTOMER"}),
    "POST /v1/venues": Asked({}),
    "PUT /v1/venues/<venue_id>": Asked({"name": "Hall", "city": "Pune", "capacity": 20}),
    "POST /v1/events": Asked({}),
    "PATCH /v1/events/<event_id>": Asked({"title": "A night of tests"}),
    # Another one of the same organizer's: nothing else would be left to ask about.
    "POST /v1/events/<event_id>/cancel": Asked({"reason": "Rain"}),
    "PUT /v1/events/<event_id>/seats": Asked(_PLAN),
    "GET /v1/seats/report": Asked(query={"eventId": "{event_id}"}),
    "GET /v1/seats/availability": Asked(query={"eventId": "{event_id}"}),
    "GET /v1/seats": Asked(query={"eventId": "{event_id}"}),
    "GET /v1/seats/<seat_id>": Asked(query={"eventId": "{event_id}"}),
    "POST /v1/seats/reserve": Asked(
        {"eventId": "{event_id}", "seatIds": [20], "userId": "{user_id}"}
    ),
    "POST /v1/seats/release": Asked({"reservationId": "{reservation_id}"}),
    "POST /v1/seats/block": Asked({"eventId": "{event_id}", "seatIds": [19]}),
    "POST /v1/seats/unblock": Asked({"eventId": "{event_id}", "seatIds": [19]}),
    "POST /v1/orders": Asked({"reservationId": "{reservation_id}"}),
    "POST /v1/seats/allocate": Asked({"reservationId": "{reservation_id}"}),
    "GET /v1/orders": Asked(query={"userId": "{user_id}"}),
    "POST /v1/tickets/verify": Asked({"code": "{code}", "eventId": "{event_id}"}),
    "POST /v1/charge": Asked({"merchantOrderId": "{order_id}", "amountCents": 1}),
    "POST /v1/refund": Asked({"paymentId": "{payment_id}", "ticketIds": ["{ticket_id}"]}),
    "GET /v1/payments/report": Asked(query={"eventId": "{event_id}"}),
    "GET /v1/payments": Asked(query={"orderId": "{order_id}"}),
    "POST /v1/payments/webhook/<provider>": Asked({}),
}

REQUESTS: Final = {route: _NAMED.get(str(route), Asked()) for route in MATRIX}
_UNKNOWN: Final = set(_NAMED) - {str(route) for route in MATRIX}
if _UNKNOWN:
    raise LookupError(f"Requests for routes that there are not: {sorted(_UNKNOWN)}")


def takes_body(route: Route) -> bool:
    return REQUESTS[route].body is not None
