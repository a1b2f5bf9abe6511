"""People who call the API, and what they send."""

from typing import Any

from functions.seating.tests.shows import new_user_id
from functions.shared.tests.deployed import Answer, Client, LocalIssuer
from functions.shared.tokens import Role

SEAT_FIELDS = {
    *("seatId", "eventId", "section", "row", "seatNumber", "category", "priceCents"),
    *("currency", "status", "x", "y"),
}


def another(issuer: LocalIssuer, role: Role = Role.CUSTOMER) -> str:
    return issuer.token(new_user_id(), role)


def reserve(client: Client, token: str, key: str | None = None, **body: Any) -> Answer:
    headers = None if key is None else {"Idempotency-Key": key}
    return client("POST", "/v1/seats/reserve", body, token=token, headers=headers)
