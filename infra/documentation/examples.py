"""An example of each request, answer and parameter: one evening at one hall, all through.

An example is put together from those of its properties; a test holds each to its schema.
"""

from typing import Any, Final

_ORDER_ID: Final = "1f6c0f0e-8f0a-5d4e-9b61-3b8a4d1e7c20"
_PAYMENT_ID: Final = "5b0e2f1c-2f58-4b2e-8d0b-7a3c9e6f1d42"
_RESERVATION_ID: Final = "8c1d9a54-6c3b-4d57-a1f2-0e9b7c6d5a31"
_TICKET_ID: Final = f"{_ORDER_ID}-1"
_DAY: Final = "2027-01-16"
_BEFORE: Final = "2026-11-22T18:30:00Z"
_LATER: Final = "2026-11-22T18:45:00Z"
_TOKEN: Final = "mF_9.B5f-4.1JqM"  # noqa: S105 - RFC 6750's own
_PHRASE: Final = "correct horse battery staple"
_CARD: Final = {"type": "card", "token": "tok_ok"}  # nosec B105 - the simulator's
_CURSOR: Final = "eyJhZnRlciI6eyJ2ZW51ZUlkIjo3fX0"

# By name, whatever the schema.
_PROPERTIES: Final[dict[str, Any]] = {
    "actorId": 2,
    "address": "12 Marine Drive",
    "after": "SUSPENDED",
    "alg": "ES256",
    "allocatedSeats": 1,
    "amountCents": 252000,
    "asOf": _BEFORE,
    "availableSeats": 2,
    "basePriceCents": 120000,
    "before": "ACTIVE",
    "blockedSeats": 0,
    "by": "YOU",
    "capacity": 200,
    "capturedCents": 252000,
    "category": "Standard",
    "charges": 1,
    "city": "Mumbai",
    "closedAt": _LATER,
    "code": "BX1.eyJ0IjoiMWY2YzBmMGUifQ.Q2hlY2tzdW0",
    "completedAt": _LATER,
    "country": "India",
    "createdAt": _BEFORE,
    "crv": "P-256",
    "currency": "INR",
    "cursor": _CURSOR,
    "currentPassword": _PHRASE,
    "day": _DAY,
    "detail": "Field required",
    "email": "asha@example.com",
    "endedAt": None,
    "entryId": 31,
    "eventDate": f"{_DAY}T19:30:00Z",
    "eventId": 1,
    "eventType": "CONCERT",
    "expiredHolds": 0,
    "exportedAt": _LATER,
    "expiresAt": _LATER,
    "expiresIn": 900,
    "field": "status",
    "finishedAt": _LATER,
    "firstName": "Asha",
    "force": False,
    "from": f"{_DAY}T00:00:00Z",
    "fullUntil": "2027-01-14T19:30:00Z",
    "fullUntilHours": 48,
    "generalAdmission": False,
    "happenedAt": _BEFORE,
    "heldValueCents": 0,
    "id": 7,
    "issuedAt": _BEFORE,
    "kid": "pZ8b1CkQ2nXw5rTy",
    "kty": "EC",
    "lastLoginAt": _BEFORE,
    "lastName": "Rao",
    "limit": 50,
    "merchantOrderId": _ORDER_ID,
    "name": "Town Hall",
    "netCents": 252000,
    "newPassword": "a longer phrase than before",
    "nextCursor": None,
    "number": 1,
    "open": 0,
    "orderId": _ORDER_ID,
    "organizerId": 2,
    "passes": 2,
    "password": _PHRASE,
    "paymentId": _PAYMENT_ID,
    "phoneNumber": "+91 22 5550 0100",
    "pointer": "/eventId",
    "priceCents": 120000,
    "provider": "simulator",
    "providerTxnId": "sim_0001",
    "q": "raga",
    "quantity": 2,
    "reason": None,
    "received": True,
    "refreshToken": "tGzv3JOkF0XG5Qx2TlKWIA",
    "refundId": "a0c2b1d4-1111-5222-8333-944455566677",
    "refunded": 1,
    "refundedCents": 0,
    "refunds": 0,
    "requestId": "2f1c9d3e-7a4b-4f0e-8c55-6b1d0a9e3f77",
    "renewedAt": _BEFORE,
    "reservationId": _RESERVATION_ID,
    "reservedSeats": 0,
    "row": "A",
    "search": "asha",
    "seatId": 1,
    "seatNumber": "1",
    "section": "Stalls",
    "share": 0.3333,
    "soldSeats": 1,
    "soldSeatsSoFar": 1,
    "soldValueCents": 120000,
    "startedAt": _BEFORE,
    "state": "Maharashtra",
    "subtotalCents": 240000,
    "taxCents": 12000,
    "thenPercent": 50,
    "ticketId": _TICKET_ID,
    "title": "An Evening of Raga",
    "to": f"{_DAY}T23:59:59Z",
    "token": _TOKEN,
    "total": 1,
    "totalCents": 252000,
    "totalSeats": 3,
    "until": f"{_DAY}T23:59:59Z",
    "updatedAt": _BEFORE,
    "use": "sig",
    "usedAt": None,
    "userId": 7,
    "username": "asha",
    "usernameOrEmail": "asha",
    "venueId": 1,
    "venueName": "Town Hall",
    "version": 1,
    "voided": 0,
    "x": None,
    "y": None,
    "zipCode": "400020",
}

# Where one schema means something else by a name.
_OF_SCHEMA: Final[dict[str, dict[str, Any]]] = {
    "AuditLogEntryView": {"action": "STATUS_CHANGED"},
    "BlockedView": {"seatIds": [3], "status": "BLOCKED"},
    "CancelEvent": {"reason": "The singer has lost her voice."},
    "CancellationView": {"status": "CANCELLED", "reason": "The singer has lost her voice."},
    "ChargeMethod": _CARD,
    "EventView": {"status": "ON_SALE"},
    "ExportedAttemptView": {"outcome": "CAPTURED"},
    "ExportedEntryView": {"action": "PASSWORD_CHANGED", "changes": []},
    "ExportedOrderView": {"status": "CONFIRMED"},
    "ExportedPaymentView": {"status": "SUCCESS", "refunds": []},
    "ExportedReservationView": {"status": "COMPLETED", "seatIds": [1, 2]},
    "ExportedTicketView": {"status": "VALID"},
    "HealthView": {"status": "ok"},
    "KeyView": {
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    },
    "OrderPaymentView": {"status": "SUCCESS"},
    "OrderView": {"status": "CONFIRMED"},
    "PaymentMethod": _CARD,
    "PaymentView": {"status": "SUCCESS"},
    "RefundRequest": {"reason": "We fell ill."},
    "RefundView": {"status": "REFUNDED", "refundedCents": 252000},
    "ReservationStateView": {"status": "ACTIVE", "orderId": None, "totalCents": 240000},
    "ReservationView": {"totalCents": 240000},
    "SeatView": {"status": "RESERVED"},
    "SectionSummaryView": {"name": "Stalls"},
    "TicketView": {"status": "VALID"},
    "UserView": {"role": "CUSTOMER", "status": "ACTIVE"},
}

# Bodies of which only a part is ever sent at once.
_WHOLE: Final[dict[str, Any]] = {
    "BlockSeats": {"eventId": 1, "seatIds": [3]},
    "ChangeEvent": {"status": "ON_SALE"},
    "ChangeProfile": {"city": "Pune", "phoneNumber": None},
    "ChangeRole": {"role": "EVENT_ORGANIZER"},
    "ChangeStatus": {"status": "SUSPENDED"},
    "CreateEvent": {
        "venueId": 1,
        "title": "An Evening of Raga",
        "eventType": "CONCERT",
        "eventDate": f"{_DAY}T19:30:00Z",
        "basePriceCents": 120000,
        "refundPolicy": {"fullUntilHours": 48, "thenPercent": 50},
    },
    "PlaceOrder": {"reservationId": _RESERVATION_ID},
    "PutSeatMap": {
        "sections": [
            {"name": "Stalls", "category": "Standard", "rows": [{"row": "A", "seats": 14}]},
            {"name": "Terrace", "generalAdmission": 50, "priceCents": 60000},
        ]
    },
    "RefundRequest": {"paymentId": _PAYMENT_ID, "reason": "We fell ill."},
    "ReserveSeats": {"eventId": 1, "seatIds": [1, 2]},
    "SignIn": {"usernameOrEmail": "asha", "password": _PHRASE},
}

# In a query only what is required, and the size of a page: what else one asks for is one's own.
_ASKED: Final = frozenset({"eventId", "orderId", "limit"})
_PATHS: Final = {
    "event_id": 1,
    "order_id": _ORDER_ID,
    "payment_id": _PAYMENT_ID,
    "provider": "simulator",
    "reservation_id": _RESERVATION_ID,
    "seat_id": 1,
    "ticket_id": _TICKET_ID,
    "user_id": 7,
    "venue_id": 1,
}


def add_examples(spec: dict[str, Any]) -> None:
    """Give each body, answer and parameter of the document an example."""
    schemas = spec["components"]["schemas"]
    for operations in spec["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                _add_to_parameter(parameter)
            contents = [operation.get("requestBody", {}).get("content", {})]
            contents += [answer.get("content", {}) for answer in operation["responses"].values()]
            for content in contents:
                for media in content.values():
                    if "example" not in media:
                        media["example"] = example_of(media["schema"], schemas)


def example_of(schema: dict[str, Any], schemas: dict[str, Any], within: str = "") -> Any:
    """An example of a schema. Raises LookupError for a property that nobody gave one to."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _WHOLE[name] if name in _WHOLE else example_of(schemas[name], schemas, name)
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], schemas, within)
    if schema.get("type") == "object":
        return {
            name: _property(within, name, each, schemas)
            for name, each in schema.get("properties", {}).items()
        }
    if schema.get("type") == "array":
        return [example_of(schema["items"], schemas, within)]
    if schema.get("enum"):
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    if schema.get("type") == "integer":
        return schema.get("minimum", 1)
    return "Stalls" if schema.get("type") == "string" else None


def _property(within: str, name: str, schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    own = _OF_SCHEMA.get(within, {})
    if name in own:
        return own[name]
    composed = schema.get("$ref") or schema.get("type") in ("array", "object") or "const" in schema
    if composed or any(each.get("$ref") or each.get("items") for each in schema.get("anyOf", ())):
        return example_of(schema, schemas, within)
    if name not in _PROPERTIES:
        raise LookupError(f"{within}.{name} has no example in infra/documentation/examples.py")
    return _PROPERTIES[name]


def _add_to_parameter(parameter: dict[str, Any]) -> None:
    if parameter["in"] == "path":
        parameter["example"] = _PATHS.get(parameter["name"], "1")
    elif parameter["name"] in _ASKED:
        parameter["example"] = _PROPERTIES[parameter["name"]]
