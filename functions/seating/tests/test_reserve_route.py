"""POST /v1/seats/reserve: the answer, its replay, and every refusal by its body."""

from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from functions.seating.domain import EventStatus, SaleState
from functions.seating.sale_states import advance_state
from functions.seating.tests.callers import SEAT_FIELDS, another, reserve
from functions.seating.tests.faults import answering, refusal
from functions.seating.tests.shows import ORGANIZER, Show, new_user_id
from functions.shared.tests.deployed import Client, LocalIssuer
from functions.shared.tokens import Role


def test_a_reservation_is_answered_with_its_seats_and_its_end(
    client: Client, sale: Show, customer: str
) -> None:
    began = datetime.now(UTC)
    answer = reserve(client, customer, event_id=sale.event_id, seat_ids=[2, 1])
    assert answer.status == 201
    body = answer.body
    assert set(body) == {
        *("reservationId", "eventId", "reservedSeats", "totalCents", "currency", "expiresAt")
    }
    assert [seat["seatId"] for seat in body["reservedSeats"]] == [2, 1]
    assert {seat["status"] for seat in body["reservedSeats"]} == {"RESERVED"}
    assert set(body["reservedSeats"][0]) == SEAT_FIELDS
    assert (body["totalCents"], body["currency"]) == (2_000, "EUR")
    lasts = datetime.fromisoformat(body["expiresAt"]) - began
    assert 900 <= lasts.total_seconds() < 905


def test_the_best_available_seats_are_neighbours(
    client: Client, sale: Show, customer: str, issuer: LocalIssuer
) -> None:
    answer = reserve(client, customer, eventId=sale.event_id, quantity=3)
    numbers = [int(seat["seatNumber"]) for seat in answer.body["reservedSeats"]]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    standing = reserve(client, another(issuer), eventId=sale.event_id, quantity=2, section="Floor")
    assert {seat["section"] for seat in standing.body["reservedSeats"]} == {"Floor"}
    reserve(client, another(issuer), eventId=sale.event_id, quantity=2, category="VIP").problem(
        409, "seats-unavailable"
    )
    answer = reserve(client, another(issuer), eventId=sale.event_id, quantity=2, section="Moon")
    assert answer.faults() == {"/section"}


def test_a_key_sent_again_replays_the_first_answer(
    client: Client, sale: Show, customer: str, issuer: LocalIssuer
) -> None:
    first = reserve(client, customer, "k-1", eventId=sale.event_id, seatIds=[1, 2])
    assert "Idempotency-Replayed" not in first.headers
    again = reserve(client, customer, "k-1", event_id=sale.event_id, seat_ids=[2, 1])
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    reserve(client, customer, "k-1", eventId=sale.event_id, seatIds=[3]).problem(
        422, "idempotency-key-reused"
    )
    # A key is its caller's own.
    others = reserve(client, another(issuer), "k-1", eventId=sale.event_id, seatIds=[3])
    assert others.status == 201
    for bad in ("", "k" * 256):
        reserve(client, customer, bad, eventId=sale.event_id, seatIds=[5]).problem(
            400, "idempotency-key-required"
        )


def test_taken_seats_are_named(
    client: Client, sale: Show, customer: str, issuer: LocalIssuer
) -> None:
    reserve(client, customer, eventId=sale.event_id, seatIds=[1, 2])
    refused = reserve(client, another(issuer), eventId=sale.event_id, seatIds=[1, 2, 3])
    assert refused.problem(409, "seats-unavailable")["unavailableSeats"] == [1, 2]


def test_a_second_reservation_of_one_user_is_refused_and_the_first_is_named(
    client: Client, sale: Show, customer: str
) -> None:
    first = reserve(client, customer, eventId=sale.event_id, seatIds=[1])
    refused = reserve(client, customer, eventId=sale.event_id, seatIds=[2])
    problem = refused.problem(409, "active-reservation-exists")
    assert problem["reservationId"] == first.body["reservationId"]


def test_an_eleventh_ticket_is_refused(client: Client, sale: Show, issuer: LocalIssuer) -> None:
    user = new_user_id()
    sale.sell(*range(1, 10), user_id=user)
    reserve(client, issuer.token(user), eventId=sale.event_id, seatIds=[10, 11]).problem(
        409, "ticket-limit-reached"
    )


@pytest.mark.parametrize("status", ["SCHEDULED", "SOLD_OUT", "CANCELLED"])
def test_an_event_that_is_not_on_sale_is_refused(
    client: Client, sale: Show, customer: str, status: str
) -> None:
    told = SaleState(sale.event_id, ORGANIZER, EventStatus(status), 2)
    advance_state(sale.store, told, sale.now)
    reserve(client, customer, eventId=sale.event_id, seatIds=[1]).problem(409, "event-not-on-sale")


def test_only_who_manages_the_event_reserves_for_somebody_else(
    client: Client, sale: Show, customer: str, organizer: str, admin: str, issuer: LocalIssuer
) -> None:
    body: dict[str, Any] = {"eventId": sale.event_id, "userId": new_user_id()}
    reserve(client, customer, seatIds=[1], **body).problem(403, "forbidden")
    foreign = another(issuer, Role.EVENT_ORGANIZER)
    reserve(client, foreign, seatIds=[1], **body).problem(403, "forbidden")
    made = reserve(client, organizer, seatIds=[1], **body).body
    theirs = issuer.token(body["userId"])
    path = f"/v1/seats/reservations/{made['reservationId']}"
    assert client("GET", path, token=theirs).body["userId"] == body["userId"]
    own = new_user_id()
    answer = reserve(client, issuer.token(own), eventId=sale.event_id, seatIds=[2], userId=own)
    assert answer.status == 201
    answer = reserve(client, admin, eventId=sale.event_id, seatIds=[3], userId=new_user_id())
    assert answer.status == 201


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, {"/eventId"}),
        ({"eventId": 0, "seatIds": [1]}, {"/eventId"}),
        ({"seatIds": []}, {"/seatIds"}),
        ({"seatIds": list(range(1, 12))}, {"/seatIds"}),
        ({"seatIds": [1, 1]}, {"/seatIds"}),
        ({"seatIds": [0]}, {"/seatIds/0"}),
        ({"seatIds": [1], "quantity": 2}, {""}),
        ({"seatIds": [1], "section": "A"}, {""}),
        ({"quantity": 11}, {"/quantity"}),
        ({"quantity": 0}, {"/quantity"}),
        ({"quantity": 1, "price": 5}, {"/price"}),
        ({"seatIds": [1, 998, 999]}, {"/seatIds/1", "/seatIds/2"}),
    ],
)
def test_each_fault_of_a_wish_is_named(
    client: Client, sale: Show, customer: str, body: dict[str, Any], faults: set[str]
) -> None:
    wish = body if not body else {"eventId": sale.event_id} | body
    answer = client("POST", "/v1/seats/reserve", wish, token=customer)
    assert answer.faults() == faults


def test_an_unknown_event_has_no_seats_to_reserve(client: Client, customer: str) -> None:
    reserve(client, customer, eventId=2**31 - 1, seatIds=[1]).problem(404, "not-found")


def test_who_let_a_hold_just_run_out_is_told_when_to_come_back(
    client: Client, sale: Show, issuer: LocalIssuer
) -> None:
    user = new_user_id()
    sale.later(minutes=-15, seconds=-5).reserve(1, 2, user_id=user)
    token = issuer.token(user)
    answer = reserve(client, token, eventId=sale.event_id, seatIds=[2, 3])
    assert answer.problem(429, "seats-just-held")["unavailableSeats"] == [2]
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_a_contended_table_asks_to_come_back(
    client: Client, sale: Show, customer: str, seating_api: ModuleType
) -> None:
    conflicts = [refusal("TransactionCanceledException", "TransactionConflict") for _ in range(6)]
    with answering(seating_api.store.table.client, "TransactWriteItems", *conflicts):
        answer = reserve(client, customer, eventId=sale.event_id, seatIds=[1])
    assert answer.problem(503, "service-unavailable")["retryAfter"] == 1
    assert answer.headers["Retry-After"] == "1"
    assert reserve(client, customer, eventId=sale.event_id, seatIds=[1]).status == 201
