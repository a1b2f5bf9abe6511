"""Who asks too much, or for too much, is told so, and when to come back."""

from uuid import uuid4

import httpx
import pytest

from blackbox.accounts import PASSWORD, Accounts
from blackbox.caller import Caller, gave, new_key, refused
from blackbox.routes import ABSENT_ID, ABSENT_OPAQUE
from blackbox.show import Show, new_event

KB = 1024
FAILURES = 5
CYCLES = 10


def filled_to(size: int) -> bytes:
    """A JSON body of so many bytes, with a name in it that nobody reads."""
    frame = b'{"filler":""}'
    return frame[:-2] + b"x" * (size - len(frame)) + frame[-2:]


BODIES = ["/v1/users/login", "/v1/venues", "/v1/seats/reserve", "/v1/orders", "/v1/charge"]


@pytest.mark.parametrize("path", BODIES)
def test_a_body_is_at_most_64_kb(organizer: Caller, path: str) -> None:
    fitting = organizer.ask("POST", path, content=filled_to(64 * KB), key=new_key())
    refused(fitting, 422, "validation-failed")
    over = organizer.ask("POST", path, content=filled_to(64 * KB + 1), key=new_key())
    refused(over, 413, "payload-too-large")


@pytest.mark.parametrize("path", [*BODIES, "/v1/payments/webhook/stripe"])
def test_a_body_of_11_mb_is_a_413(organizer: Caller, path: str) -> None:
    content = filled_to(11 * KB * KB)
    refused(organizer.ask("POST", path, content=content, key=new_key()), 413, "payload-too-large")


def test_a_seat_map_is_at_most_5_mb(organizer: Caller, show: Show) -> None:
    path = f"/v1/events/{show.event_id}/seats"
    for size in (64 * KB + 1, 4 * KB * KB):
        answer = organizer.ask("PUT", path, content=filled_to(size))
        refused(answer, 422, "validation-failed")
    for size in (5 * KB * KB + 1, 11 * KB * KB):
        answer = organizer.ask("PUT", path, content=filled_to(size))
        refused(answer, 413, "payload-too-large")


def test_a_reservation_is_of_1_to_10_seats_each_once(customer: Caller, show: Show) -> None:
    for seats in ([], [1, 1], list(range(1, 12)), list(range(1, 10_000))):
        body = {"eventId": show.event_id, "seatIds": seats}
        refused(customer.post("/v1/seats/reserve", body), 422, "validation-failed")
        refused(customer.post("/v1/orders", body, key=new_key()), 422, "validation-failed")
    for quantity in (0, -1, 11, 2**31):
        body = {"eventId": show.event_id, "quantity": quantity}
        refused(customer.post("/v1/seats/reserve", body), 422, "validation-failed")


def test_one_has_one_reservation_of_an_event_at_a_time(accounts: Accounts, show: Show) -> None:
    someone = accounts.register()
    held = someone.reserve(show.event_id, 2)
    body = {"eventId": show.event_id, "quantity": 1}
    refused(someone.post("/v1/seats/reserve", body), 409, "active-reservation-exists")
    someone.post("/v1/seats/release", {"reservationId": held["reservationId"]})


def test_a_seat_is_held_by_one_at_a_time(accounts: Accounts, show: Show) -> None:
    first, second = accounts.register(), accounts.register()
    held = first.reserve(show.event_id, 2)
    taken = [seat["seatId"] for seat in held["reservedSeats"]]
    body = {"eventId": show.event_id, "seatIds": taken}
    problem = refused(second.post("/v1/seats/reserve", body), 409, "seats-unavailable")
    assert problem["unavailableSeats"] == taken
    first.post("/v1/seats/release", {"reservationId": held["reservationId"]})


def test_who_takes_and_gives_back_again_and_again_is_slowed(accounts: Accounts, show: Show) -> None:
    someone = accounts.register("cyclist")
    body = {"eventId": show.event_id, "quantity": 1}
    for _ in range(CYCLES):
        held = someone.reserve(show.event_id)
        released = someone.post("/v1/seats/release", {"reservationId": held["reservationId"]})
        assert released.status_code == 204
    answer = someone.post("/v1/seats/reserve", body)
    refused(answer, 429, "too-many-holds")
    assert 0 < int(answer.headers["retry-after"]) <= 10 * 60
    # Nobody else pays for that.
    other = accounts.register()
    held = other.reserve(show.event_id)
    other.post("/v1/seats/release", {"reservationId": held["reservationId"]})


def fail_to_sign_in(anybody: Caller, name: str) -> httpx.Response:
    """Once too often."""
    wrong = {"usernameOrEmail": name, "password": "wrong pass phrase"}
    for _ in range(FAILURES):
        refused(anybody.post("/v1/users/login", wrong), 401, "invalid-credentials")
    return anybody.post("/v1/users/login", wrong)


def too_many(answer: httpx.Response) -> None:
    refused(answer, 429, "too-many-attempts")
    assert 0 < int(answer.headers["retry-after"]) <= 15 * 60


def test_five_wrong_passwords_are_enough(anybody: Caller, accounts: Accounts) -> None:
    someone = accounts.register("forgetful")
    too_many(fail_to_sign_in(anybody, someone.name))
    right = {"usernameOrEmail": someone.name, "password": PASSWORD}
    too_many(anybody.post("/v1/users/login", right))
    # However it is spelled, it is the same account ...
    too_many(anybody.post("/v1/users/login", right | {"usernameOrEmail": someone.name.upper()}))
    # ... and no other one; nor does it end the session that there is.
    gave(someone.get("/v1/users/me"))
    other = accounts.register()
    gave(anybody.post("/v1/users/login", right | {"usernameOrEmail": other.name}))


def test_an_address_of_ones_own_invention_does_not_help(
    anybody: Caller, accounts: Accounts
) -> None:
    someone = accounts.register("forgetful")
    fail_to_sign_in(anybody, someone.name)
    right = {"usernameOrEmail": someone.name, "password": PASSWORD}
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "CloudFront-Viewer-Address"):
        headers: dict[str, str | bytes] = {name: "203.0.113.9"}
        too_many(anybody.post("/v1/users/login", right, headers=headers))


def test_the_limit_tells_no_known_name_from_an_unknown_one(anybody: Caller) -> None:
    too_many(fail_to_sign_in(anybody, f"nobody-{uuid4().hex}"))


def test_four_failures_are_forgiven_by_a_success(anybody: Caller, accounts: Accounts) -> None:
    someone = accounts.register("forgetful")
    right = {"usernameOrEmail": someone.name, "password": PASSWORD}
    for _ in range(2):
        for _ in range(FAILURES - 1):
            answer = anybody.post("/v1/users/login", right | {"password": "wrong pass phrase"})
            refused(answer, 401, "invalid-credentials")
        gave(anybody.post("/v1/users/login", right))


@pytest.mark.parametrize("length", [0, 1, 7, 2_000, 60_000])
def test_a_password_has_8_characters_and_not_too_many(anybody: Caller, length: int) -> None:
    body = {
        "username": f"short-{uuid4().hex[:8]}",
        "email": "short@example.com",
        "password": "x" * length,
        "firstName": "A",
        "lastName": "B",
    }
    problem = refused(anybody.post("/v1/users/register", body), 422, "validation-failed")
    assert [fault["pointer"] for fault in problem["errors"]] == ["/password"]
    assert "xxxxx" not in str(problem)


@pytest.mark.parametrize("path", ["/v1/orders", "/v1/charge"])
@pytest.mark.parametrize("key", [None, "", "k" * 256])
def test_a_key_has_1_to_255_characters(customer: Caller, path: str, key: str | None) -> None:
    body = (
        {"reservationId": ABSENT_OPAQUE}
        if path == "/v1/orders"
        else {"merchantOrderId": ABSENT_OPAQUE, "amountCents": 1}
    )
    refused(customer.post(path, body, key=key), 400, "idempotency-key-required")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 201),
        ("eventType", "x" * 51),
        ("eventDate", "tomorrow"),
        ("eventDate", "2026-12-24"),
        ("basePriceCents", -1),
        ("basePriceCents", 10**13),
        ("basePriceCents", 10.5),
        ("currency", "inr"),
        ("currency", "RUPEES"),
        ("status", "SOLD"),
        ("venueId", int(ABSENT_ID) + 1),
    ],
)
def test_an_event_keeps_within_bounds(
    organizer: Caller, show: Show, field: str, value: object
) -> None:
    body = new_event(show.venue_id) | {field: value}
    problem = refused(organizer.post("/v1/events", body), 422, "validation-failed")
    assert [fault["pointer"] for fault in problem["errors"]] == [f"/{field}"]
