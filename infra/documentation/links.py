"""What one may do next with an answer: OpenAPI's links, by which a client, or a test, goes on."""

from typing import Any, Final, NamedTuple


class Link(NamedTuple):
    """From an answer of one operation to another: its parameters, or members of its body."""

    operation: str
    status: int
    following: str
    parameters: dict[str, str]
    body: dict[str, str]


def _by_path(operation: str, status: int, name: str, member: str, *following: str) -> list[Link]:
    found = f"$response.body#/{member}"
    return [Link(operation, status, each, {name: found}, {}) for each in following]


def _by_body(operation: str, status: int, members: dict[str, str], *following: str) -> list[Link]:
    found = {name: f"$response.body#/{member}" for name, member in members.items()}
    return [Link(operation, status, each, {}, found) for each in following]


_RESERVATION: Final = {"reservationId": "reservationId"}
_DUE: Final = {"merchantOrderId": "orderId", "amountCents": "totalCents", "currency": "currency"}
_OF_EVENT: Final = ("read_availability", "list_seats", "read_report")

LINKS: Final = (
    *_by_path("register_user", 201, "user_id", "user/id", "read_user", "change_profile"),
    *_by_body("register_user", 201, {"refreshToken": "refreshToken"}, "refresh_session"),
    *_by_body("sign_in", 200, {"refreshToken": "refreshToken"}, "refresh_session", "sign_out"),
    *_by_path(
        "create_venue", 201, "venue_id", "venueId", "read_venue", "replace_venue", "delete_venue"
    ),
    *_by_body("create_venue", 201, {"venueId": "venueId"}, "create_event"),
    *_by_path(
        *("create_event", 201, "event_id", "eventId"),
        *("read_event", "change_event", "put_seat_map", "cancel_event", "read_cancellation"),
    ),
    *_by_path("put_seat_map", 200, "eventId", "eventId", *_OF_EVENT),
    *_by_path("put_seat_map", 200, "event_id", "eventId", "change_event"),
    *_by_body("put_seat_map", 200, {"eventId": "eventId"}, "reserve_seats", "block_seats"),
    *_by_body("change_event", 200, {"eventId": "eventId"}, "reserve_seats"),
    *_by_body("block_seats", 200, {"eventId": "eventId", "seatIds": "seatIds"}, "unblock_seats"),
    *_by_path("reserve_seats", 201, "reservation_id", "reservationId", "read_reservation"),
    *_by_body(
        *("reserve_seats", 201, _RESERVATION),
        *("release_reservation", "place_order", "allocate_seats"),
    ),
    *_by_path(
        "place_order", 201, "order_id", "orderId", "read_order", "list_tickets", "cancel_order"
    ),
    *_by_body("place_order", 201, _DUE, "charge_order"),
    *_by_path("place_order", 201, "orderId", "orderId", "list_payments"),
    *_by_path("charge_order", 201, "payment_id", "paymentId", "read_payment"),
    *_by_body("charge_order", 201, {"paymentId": "paymentId"}, "refund_payment"),
    *_by_path("list_tickets", 200, "ticket_id", "items/0/ticketId", "read_ticket", "draw_ticket"),
    *_by_body(
        "list_tickets",
        200,
        {"code": "items/0/code", "eventId": "items/0/eventId"},
        "verify_ticket",
    ),
    *(
        Link(name, 200, name, {"cursor": "$response.body#/nextCursor"}, {})
        for name in ("list_users", "list_venues", "list_events", "search_events", "list_orders")
    ),
)


def add_links(spec: dict[str, Any]) -> None:
    """Write every link where it starts. Raises LookupError for an operation that is not there."""
    operations = {
        operation["operationId"]: operation
        for each in spec["paths"].values()
        for operation in each.values()
    }
    for link in LINKS:
        if link.following not in operations:
            raise LookupError(link.following)
        links = operations[link.operation]["responses"][str(link.status)].setdefault("links", {})
        written: dict[str, Any] = {"operationId": link.following}
        if link.parameters:
            written["parameters"] = link.parameters
        if link.body:
            written["requestBody"] = {name: f"{{{at}}}" for name, at in link.body.items()}
        links[link.following] = written
