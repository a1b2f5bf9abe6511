"""What clients of the orders API send (API.md, "Orders")."""

import re
from typing import Annotated, Final, Self

from pydantic import AliasChoices, ConfigDict, Field, model_validator

from functions.orders.domain import BOX_OFFICE, OrderStatus
from functions.orders.order_lists import Wanted
from functions.orders.placing import Wish
from functions.orders.ticket_codes import MAX_LENGTH
from functions.shared.idempotency import request_hash
from functions.shared.models import Cursor, Either, Id, Limit, Line, QueryId, Request, one_of

MAX_SEATS: Final = 10
MAX_WAIT_SECONDS: Final = 20

OpaqueId = Annotated[Line, Field(min_length=1, max_length=64)]


class PaymentMethod(Request):
    """How it is paid at once: by a provider's token, or in cash at the box office."""

    type: Annotated[str, Field(pattern=r"^[A-Za-z_]{1,32}$")]
    token: Annotated[Line, Field(min_length=1, max_length=255)] | None = None


class PlaceOrder(Request):
    model_config = ConfigDict(
        json_schema_extra=one_of(
            Either(("reservationId",), ("eventId", "seatIds")),
            Either(("eventId", "seatIds"), ("reservationId",)),
        )
    )

    reservation_id: OpaqueId | None = None
    event_id: Id | None = None
    seat_ids: Annotated[
        list[Id] | None,
        Field(
            min_length=1,
            max_length=MAX_SEATS,
            validation_alias=AliasChoices("seatIds", "seats", "seat_ids"),
            json_schema_extra={"uniqueItems": True},
        ),
    ] = None
    user_id: Id | None = None
    payment_method: PaymentMethod | None = None

    @model_validator(mode="after")
    def one_of_two(self) -> Self:
        by_seats = self.event_id is not None and self.seat_ids is not None
        if self.reservation_id is None and not by_seats:
            raise ValueError("Send a reservationId, or an eventId with seatIds.")
        if self.reservation_id is not None and (self.event_id or self.seat_ids):
            raise ValueError("Send a reservationId or an eventId with seatIds, not both.")
        if len(set(self.seat_ids or [])) != len(self.seat_ids or []):
            raise ValueError("A seat is named once.")
        return self

    def wish(self) -> Wish:
        seat_ids = sorted(self.seat_ids or [])
        body = self.model_dump(mode="json", exclude_none=True)
        return Wish(
            reservation_id=self.reservation_id,
            event_id=self.event_id,
            seat_ids=seat_ids,
            user_id=self.user_id,
            method=body.get("payment_method"),
            # The same seats in another order, or spelled otherwise, are the same request.
            request_hash=request_hash(body | {"seat_ids": seat_ids}),
        )


class AllocateSeats(Request):
    reservation_id: OpaqueId

    def wish(self) -> Wish:
        method = PaymentMethod(type=BOX_OFFICE)
        return PlaceOrder(reservation_id=self.reservation_id, payment_method=method).wish()


class ListOrders(Request):
    status: OrderStatus | None = None
    event_id: QueryId | None = None
    user_id: QueryId | None = None
    limit: Limit = 50
    cursor: Cursor = None

    def wanted(self) -> Wanted:
        return Wanted(self.user_id, self.event_id, self.status)


class VerifyTicket(Request):
    code: Annotated[str, Field(min_length=1, max_length=MAX_LENGTH)]
    event_id: Id


def wait_seconds(prefer: str | None) -> int:
    """How long a `Prefer` header (RFC 7240) asks us to wait, at most 20 s; 0 if it does not."""
    preferences = [each.strip().lower() for each in (prefer or "").split(",")]
    for preference in preferences:
        found = re.fullmatch(r'wait\s*=\s*"?(\d{1,9})"?(\s*;.*)?', preference)
        if found:
            return min(int(found[1]), MAX_WAIT_SECONDS)
    return 0
