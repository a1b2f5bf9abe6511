"""The same key and body is the same request; the first answer is the answer (API.md)."""

from collections.abc import Iterator
from typing import Any

import pytest

from blackbox.accounts import Accounts
from blackbox.caller import Caller, gave, new_key, refused
from blackbox.routes import ABSENT_OPAQUE
from blackbox.show import Show

Seats = Iterator[dict[str, Any]]


@pytest.fixture
def someone(accounts: Accounts, show: Show) -> Iterator[Caller]:
    """Somebody new, who gives back in the end what he still holds."""
    caller = accounts.register("replayer")
    yield caller
    for order in gave(caller.get("/v1/orders", status="PENDING"))["items"]:
        assert caller.post(f"/v1/orders/{order['orderId']}/cancel").status_code == 202


def wanted(show: Show, *seat_ids: int) -> dict[str, Any]:
    return {"eventId": show.event_id, "seatIds": list(seat_ids)}


def test_an_order_sent_again_is_one_order(someone: Caller, show: Show) -> None:
    key, body = new_key(), wanted(show, 40, 41)
    first = someone.post("/v1/orders", body, key=key)
    order = gave(first, 201)
    assert "idempotency-replayed" not in first.headers
    assert first.headers["location"].endswith(f"/v1/orders/{order['orderId']}")
    # The same, spelled otherwise, is the same.
    for same in (body, {"event_id": show.event_id, "seats": [41, 40]}):
        again = someone.post("/v1/orders", same, key=key)
        assert again.headers["idempotency-replayed"] == "true"
        assert gave(again, 201)["orderId"] == order["orderId"]
    assert len(gave(someone.get("/v1/orders"))["items"]) == 1


def test_a_key_is_for_one_body(someone: Caller, show: Show) -> None:
    key = new_key()
    order = gave(someone.post("/v1/orders", wanted(show, 42), key=key), 201)
    for other in (wanted(show, 43), wanted(show, 42, 43), {"reservationId": ABSENT_OPAQUE}):
        refused(someone.post("/v1/orders", other, key=key), 422, "idempotency-key-reused")
    assert [each["orderId"] for each in gave(someone.get("/v1/orders"))["items"]] == [
        order["orderId"]
    ]


def test_a_key_is_its_senders_own(someone: Caller, accounts: Accounts, show: Show) -> None:
    key, other = new_key(), accounts.register()
    order = gave(someone.post("/v1/orders", wanted(show, 44), key=key), 201)
    answer = other.post("/v1/orders", wanted(show, 44), key=key)
    refused(answer, 409, "seats-unavailable")
    assert order["orderId"] not in answer.text


def test_a_reservation_sent_again_is_one_reservation(someone: Caller, show: Show) -> None:
    key, body = new_key(), wanted(show, 45)
    held = gave(someone.post("/v1/seats/reserve", body, key=key), 201)
    again = someone.post("/v1/seats/reserve", body, key=key)
    assert again.headers["idempotency-replayed"] == "true"
    assert gave(again, 201)["reservationId"] == held["reservationId"]
    other = someone.post("/v1/seats/reserve", wanted(show, 46), key=key)
    refused(other, 422, "idempotency-key-reused")
    someone.post("/v1/seats/release", {"reservationId": held["reservationId"]})


def test_what_was_given_back_twice_was_given_back(someone: Caller, show: Show) -> None:
    held = someone.reserve(show.event_id)
    body = {"reservationId": held["reservationId"]}
    for _ in range(2):
        assert someone.post("/v1/seats/release", body).status_code == 204
    answer = someone.post("/v1/orders", body, key=new_key())
    refused(answer, 410, "reservation-released")


def test_a_refusal_keeps_no_key(someone: Caller, show: Show) -> None:
    key = new_key()
    refused(someone.post("/v1/orders", {"seatIds": [47]}, key=key), 422, "validation-failed")
    gave(someone.post("/v1/orders", wanted(show, 47), key=key), 201)


@pytest.mark.parametrize("key", ["../x", "' OR 1=1--", "x" * 255, "{}", "a b", "ORDER#x"])
def test_a_key_is_any_text_and_no_more(someone: Caller, key: str) -> None:
    answer = someone.post("/v1/orders", {"reservationId": ABSENT_OPAQUE}, key=key)
    refused(answer, 404, "not-found")
