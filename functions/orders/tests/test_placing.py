"""Placing an order: once for a key, at the promised prices, by whom may."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.orders.neighbours import Reservation
from functions.orders.problems import (
    ActiveReservationExists,
    EventNotOnSale,
    SeatsJustHeld,
    SeatsUnavailable,
    TicketLimitReached,
    TooManyHolds,
)
from functions.orders.tests.conftest import House, fresh_id, keyed
from functions.orders.tests.stand_ins import SeatingStandIn
from functions.shared.problems import NotFound, ServiceUnavailable
from functions.shared.tests.deployed import Answer

CARD = {"type": "card", "token": "tok_ok"}
CASH = {"type": "boxOffice"}


def test_an_order_is_pending_at_the_reservations_prices(house: House) -> None:
    held = house.seating.hold(house.customer_id, house.event_id, 4, 3)
    answer = house.order({"reservationId": held})
    assert answer.status == 201
    order = answer.body
    assert answer.headers["Location"] == f"/v1/orders/{order['orderId']}"
    created_at = datetime.fromisoformat(order["createdAt"])
    assert order == {
        "orderId": order["orderId"],
        "userId": house.customer_id,
        "eventId": house.event_id,
        "reservationId": held,
        "status": "PENDING",
        "reason": None,
        "subtotalCents": 2100,
        "taxCents": 105,
        "totalCents": 2205,
        "refundedCents": 0,
        "refundPolicy": None,
        "currency": "INR",
        "items": [
            {"seatId": n, "section": "Stalls", "row": "A", "seatNumber": str(n), "priceCents": 1050}
            for n in (4, 3)
        ],
        "payment": None,
        "tickets": [],
        "expiresAt": order["expiresAt"],
        "createdAt": order["createdAt"],
        "updatedAt": order["createdAt"],
    }
    assert datetime.fromisoformat(order["expiresAt"]) - created_at == timedelta(seconds=900)
    assert house("GET", f"/v1/orders/{order['orderId']}").body == order


def test_the_booking_is_started_with_the_payment_method(house: House) -> None:
    held = house.seating.hold(house.customer_id, house.event_id)
    order_id = house.order({"reservationId": held, "paymentMethod": CARD}).body["orderId"]
    assert house.sagas.booked == [(order_id, CARD)]


def test_seats_are_reserved_first_when_no_reservation_is_named(house: House) -> None:
    for spelling in ("seatIds", "seats", "seat_ids"):
        order = house.order({"eventId": house.event_id, spelling: [8, 7]}).body
        assert [item["seatId"] for item in order["items"]] == [7, 8]
        assert house.seating.reservations[order["reservationId"]].event_id == house.event_id


def test_the_same_request_again_is_answered_byte_for_byte(house: House) -> None:
    body = {"eventId": house.event_id, "seatIds": [1, 2]}
    first = house.order(body, key="same")
    order_id = first.body["orderId"]
    # Spelled otherwise, and after the order has moved on: the first answer still.
    house.confirm(order_id)
    again = house.order({"event_id": house.event_id, "seats": [2, 1]}, key="same")
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Location"] == first.headers["Location"]


def test_a_key_with_another_body_is_refused(house: House) -> None:
    house.order({"eventId": house.event_id, "seatIds": [1]}, key="mine")
    for other in ([2], [1, 2]):
        answer = house.order({"eventId": house.event_id, "seatIds": other}, key="mine")
        answer.problem(422, "idempotency-key-reused")
    paid = {"eventId": house.event_id, "seatIds": [1], "paymentMethod": CARD}
    house.order(paid, key="mine").problem(422, "idempotency-key-reused")


def test_a_key_is_its_callers_own(house: House) -> None:
    mine = house.order({"eventId": house.event_id, "seatIds": [1]}, key="shared")
    other = house.as_stranger(
        "POST", "/v1/orders", {"eventId": house.event_id, "seatIds": [2]}, headers=keyed("shared")
    )
    assert other.status == 201
    assert other.body["orderId"] != mine.body["orderId"]


def test_a_request_whose_twin_was_booked_meanwhile_is_its_replay(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"eventId": house.event_id, "seatIds": [1]}
    reserve = type(house.seating).reserve

    def twin_first(seating: SeatingStandIn, *wish: Any, **how: Any) -> Reservation:
        monkeypatch.setattr(SeatingStandIn, "reserve", reserve)
        first.append(house.order(body, key="twin"))
        return reserve(seating, *wish, **how)._replace(status="PAYING")

    first: list[Answer] = []
    monkeypatch.setattr(SeatingStandIn, "reserve", twin_first)
    second = house.order(body, key="twin")
    assert (second.status, second.body) == (201, first[0].body)
    assert second.headers["Idempotency-Replayed"] == "true"


def test_a_retry_starts_the_booking_that_a_crash_left_unstarted(house: House) -> None:
    house.sagas.refusal = ServiceUnavailable.retry_after(1, "The booking could not start.")
    body = {"eventId": house.event_id, "seatIds": [6]}
    crashed = house.order(body, key="again")
    assert crashed.problem(503, "service-unavailable")["retryAfter"] == 1
    assert crashed.headers["Retry-After"] == "1"
    house.sagas.refusal = None
    order = house.order(body, key="again").body
    assert house.sagas.booked == [(order["orderId"], None)]
    assert len(house("GET", "/v1/orders").body["items"]) == 1


def test_a_decided_order_is_not_booked_again(house: House) -> None:
    body = {"eventId": house.event_id, "seatIds": [1]}
    order_id = house.order(body, key="done").body["orderId"]
    house.give_up(order_id)
    house.order(body, key="done")
    assert len(house.sagas.booked) == 1


def test_a_reservation_has_one_order_at_most(house: House) -> None:
    held = house.seating.hold(house.customer_id, house.event_id)
    assert house.order({"reservationId": held}).status == 201
    house.order({"reservationId": held}).problem(409, "reservation-ordered")
    assert len(house.sagas.booked) == 1


@pytest.mark.parametrize(
    ("held", "status", "code"),
    [
        ({"minutes": -1}, 410, "reservation-expired"),
        ({"status": "EXPIRED"}, 410, "reservation-expired"),
        ({"status": "RELEASED"}, 410, "reservation-released"),
        ({"status": "PAYING"}, 409, "reservation-ordered"),
        ({"status": "COMPLETED"}, 409, "reservation-ordered"),
    ],
)
def test_a_reservation_that_is_over_is_not_ordered(
    house: House, held: dict[str, Any], status: int, code: str
) -> None:
    reservation_id = house.seating.hold(house.customer_id, house.event_id, **held)
    house.order({"reservationId": reservation_id}).problem(status, code)
    assert house("GET", "/v1/orders").body["items"] == []


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (SeatsUnavailable("Taken.", unavailableSeats=[2]), 409, "seats-unavailable"),
        (EventNotOnSale("Cancelled."), 409, "event-not-on-sale"),
        (ActiveReservationExists("One is active."), 409, "active-reservation-exists"),
        (TicketLimitReached("Ten."), 409, "ticket-limit-reached"),
        (TooManyHolds("Ten.", retryAfter=9), 429, "too-many-holds"),
        (SeatsJustHeld("Wait.", unavailableSeats=[1], retryAfter=9), 429, "seats-just-held"),
        (NotFound("No such event."), 404, "not-found"),
    ],
)
def test_what_seating_refuses_is_passed_on(
    house: House, refusal: Any, status: int, code: str
) -> None:
    house.seating.refusal = refusal
    answer = house.order({"eventId": house.event_id, "seatIds": [1, 2]})
    problem = answer.problem(status, code)
    for name in ("unavailableSeats", "retryAfter"):
        assert problem.get(name) == refusal.extensions.get(name)
    assert answer.headers.get("Retry-After") == refusal.headers.get("Retry-After")


def test_somebody_elses_reservation_is_not_there(house: House) -> None:
    foreign = house.seating.hold(fresh_id(), house.event_id)
    theirs = house.order({"reservationId": foreign}).problem(404, "not-found")
    nobodys = house.order({"reservationId": "absent"}).problem(404, "not-found")
    assert theirs["detail"] == f"There is no reservation {foreign}."
    # Whatever words seating has for it.
    assert nobodys["detail"] == "There is no reservation absent."


@pytest.mark.parametrize("key", [None, "", "   ", "x" * 256])
def test_a_usable_idempotency_key_is_required(house: House, key: str | None) -> None:
    headers = {} if key is None else {"Idempotency-Key": key}
    body = {"reservationId": house.seating.hold(house.customer_id, house.event_id)}
    answer = house("POST", "/v1/orders", body, headers=headers)
    answer.problem(400, "idempotency-key-required")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"eventId": 1},
        {"seatIds": [1]},
        {"reservationId": "r", "eventId": 1},
        {"reservationId": "r", "seatIds": [1]},
        {"eventId": 1, "seatIds": []},
        {"eventId": 1, "seatIds": [1, 1]},
        {"eventId": 1, "seatIds": list(range(1, 12))},
        {"eventId": 1, "seatIds": [0]},
        {"reservationId": "r", "priceCents": 1},
        {"reservationId": "r", "paymentMethod": {"type": "card", "cvc": "123"}},
        {"reservationId": "r", "paymentMethod": {"type": ""}},
    ],
)
def test_a_body_that_makes_no_sense_is_refused(house: House, body: Any) -> None:
    assert house.order(body).faults()


def test_the_organizer_sells_for_cash_to_anybody(house: House) -> None:
    user_id = fresh_id()
    body = {
        "eventId": house.event_id,
        "seatIds": [1],
        "userId": user_id,
        "paymentMethod": CASH,
    }
    answer = house.as_organizer("POST", "/v1/orders", body, headers=keyed())
    assert (answer.status, answer.body["userId"]) == (201, user_id)
    assert house.sagas.booked == [(answer.body["orderId"], CASH)]
    assert house.as_organizer("GET", answer.headers["Location"]).status == 200


@pytest.mark.parametrize("body", [{"paymentMethod": CASH}, {"userId": 7}])
def test_nobody_else_sells_for_cash_or_to_others(house: House, body: dict[str, Any]) -> None:
    by_seats = body | {"eventId": house.event_id, "seatIds": [1]}
    house.order(by_seats).problem(403, "forbidden")
    answer = house.as_stranger("POST", "/v1/orders", by_seats, headers=keyed())
    answer.problem(403, "forbidden")
    # Refused before anything is reserved.
    assert house.seating.reservations == {}


def test_one_does_not_sell_oneself_a_reservation_for_cash(house: House) -> None:
    held = house.seating.hold(house.customer_id, house.event_id)
    answer = house.order({"reservationId": held, "paymentMethod": CASH})
    answer.problem(403, "forbidden")


def test_an_administrator_sells_for_cash(house: House) -> None:
    body = {"eventId": house.event_id, "seatIds": [1], "userId": 7, "paymentMethod": CASH}
    assert house.as_admin("POST", "/v1/orders", body, headers=keyed()).status == 201


def test_seating_is_told_whether_the_organizer_asks(house: House) -> None:
    """Who sells at a window is not slowed by what the customer has held before."""
    body = {"eventId": house.event_id, "seatIds": [1]}
    own = house.order(body).body["reservationId"]
    sold = {**body, "userId": fresh_id()}
    theirs = house.as_organizer("POST", "/v1/orders", sold, headers=keyed()).body["reservationId"]
    assert house.seating.by_organizer == {own: False, theirs: True}


def test_a_reservation_is_sold_to_whom_it_is_for(house: House) -> None:
    held = house.seating.hold(house.customer_id, house.event_id)
    body = {"reservationId": held, "paymentMethod": CASH, "userId": fresh_id()}
    answer = house.as_organizer("POST", "/v1/orders", body, headers=keyed())
    assert answer.faults() == {"/userId"}
    body["userId"] = house.customer_id
    assert house.as_organizer("POST", "/v1/orders", body, headers=keyed()).status == 201


def test_ordering_takes_a_token(house: House) -> None:
    answer = house.client("POST", "/v1/orders", {"reservationId": "r"}, headers=keyed())
    answer.problem(401, "unauthenticated")
