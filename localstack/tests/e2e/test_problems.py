"""Every refusal that API.md lists, over HTTP, as problem details."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from e2e.client import Client, created, eventually, hall, ok, problem, register, sign_in


@pytest.fixture(scope="module")
def buyer(url: str) -> Client:
    return register(url)


@pytest.fixture(scope="module")
def event_id(organizer: Client) -> int:
    return hall(organizer, rows=4)


def raw(client: Client, method: str, path: str, content: str, media: str) -> httpx.Response:
    return client.send(method, path, content=content, headers={"Content-Type": media})


def give_up(buyer: Client, order: dict[str, Any]) -> None:
    """Cancel an order and wait until its buyer may reserve again."""
    assert buyer.post(f"/v1/orders/{order['orderId']}/cancel").status_code == 202
    buyer.order_once(order["orderId"], "CANCELLED")


def test_400_a_body_that_is_not_json(buyer: Client) -> None:
    answer = raw(buyer, "POST", "/v1/seats/reserve", "{", "application/json")
    problem(answer, 400, "malformed-request")


@pytest.mark.parametrize("key", [None, "k" * 256])
@pytest.mark.parametrize("path", ["/v1/orders", "/v1/charge"])
def test_400_a_missing_or_overlong_idempotency_key(
    buyer: Client, path: str, key: str | None
) -> None:
    body = (
        {"reservationId": str(uuid4())}
        if path == "/v1/orders"
        else {"merchantOrderId": str(uuid4()), "amountCents": 1}
    )
    problem(buyer.post(path, body, key=key), 400, "idempotency-key-required")


def test_401_says_how_to_sign_in(url: str) -> None:
    for client in (Client(url), Client(url, "forged")):
        answer = client.get("/v1/orders")
        problem(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_401_a_wrong_password_does_not_say_which_part_was_wrong(url: str) -> None:
    unknown = {"usernameOrEmail": "nobody-at-all", "password": "wrong password"}
    known = {"usernameOrEmail": "admin", "password": "wrong password"}
    client = Client(url)
    first = problem(client.post("/v1/users/login", unknown), 401, "invalid-credentials")
    second = problem(client.post("/v1/users/login", known), 401, "invalid-credentials")
    assert first["detail"] == second["detail"]


def test_402_a_declined_card(buyer: Client, event_id: int) -> None:
    order = buyer.order(buyer.reserve(event_id, [1])["reservationId"])
    problem(buyer.charge(order, "tok_declined"), 402, "payment-declined")
    give_up(buyer, order)


def test_403_a_role_that_does_not_suffice(buyer: Client) -> None:
    venue = {"name": "Hall", "city": "Pune", "capacity": 10}
    problem(buyer.post("/v1/venues", venue), 403, "forbidden")
    problem(buyer.get("/v1/users"), 403, "forbidden")


def test_404_the_absent_and_the_foreign_look_alike(
    buyer: Client, organizer: Client, event_id: int, url: str
) -> None:
    stranger = register(url)
    reservation = stranger.reserve(event_id, [2])
    order = stranger.order(reservation["reservationId"])
    reservation_path = "/v1/seats/reservations"
    for foreign, absent in [
        (f"/v1/orders/{order['orderId']}", f"/v1/orders/{uuid4()}"),
        (f"{reservation_path}/{reservation['reservationId']}", f"{reservation_path}/{uuid4()}"),
    ]:
        theirs = problem(buyer.get(foreign), 404, "not-found")
        nobodys = problem(buyer.get(absent), 404, "not-found")
        named = theirs["detail"].replace(foreign.rpartition("/")[2], absent.rpartition("/")[2])
        assert named == nobodys["detail"]
        ok(stranger.get(foreign))
    problem(buyer.get(f"/v1/users/{organizer.user_id}"), 404, "not-found")
    problem(buyer.get("/v1/events/2000000000"), 404, "not-found")
    problem(buyer.get("/v1/seats/availability", eventId=2_000_000_000), 404, "not-found")
    problem(buyer.charge(order), 404, "not-found")
    give_up(stranger, order)


@pytest.mark.parametrize("path", ["/v1/nothing", "/nothing", "/v1/users/1/nothing"])
def test_404_a_path_that_nothing_serves(buyer: Client, path: str) -> None:
    problem(buyer.get(path), 404, "not-found")


def test_405_says_what_is_allowed(buyer: Client) -> None:
    answer = buyer.send("DELETE", "/v1/orders")
    problem(answer, 405, "method-not-allowed")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_409_a_second_order_for_a_reservation(buyer: Client, event_id: int) -> None:
    reservation_id = buyer.reserve(event_id, [3])["reservationId"]
    order = buyer.order(reservation_id)
    again = buyer.post("/v1/orders", {"reservationId": reservation_id}, key=str(uuid4()))
    assert again.status_code == 409, again.text
    # Until the booking has secured the seats, giving them up is still the buyer's right.
    eventually(
        lambda: ok(buyer.get(f"/v1/seats/reservations/{reservation_id}"))["status"],
        lambda status: status == "PAYING",
    )
    release = buyer.post("/v1/seats/release", {"reservationId": reservation_id})
    assert release.status_code == 409, release.text
    give_up(buyer, order)


def test_409_a_second_reservation_for_one_event(event_id: int, url: str) -> None:
    someone = register(url)
    reservation_id = someone.reserve(event_id, [4])["reservationId"]
    second = someone.post("/v1/seats/reserve", {"eventId": event_id, "seatIds": [5]})
    assert second.status_code == 409, second.text
    assert "unavailableSeats" not in second.json()
    released = someone.post("/v1/seats/release", {"reservationId": reservation_id})
    assert (released.status_code, released.content) == (204, b"")
    again = someone.post("/v1/seats/release", {"reservationId": reservation_id})
    assert again.status_code == 204
    assert someone.reserve(event_id, [5])["reservationId"]


def test_410_a_released_reservation_cannot_be_ordered(event_id: int, url: str) -> None:
    someone = register(url)
    reservation_id = someone.reserve(event_id, [6])["reservationId"]
    someone.post("/v1/seats/release", {"reservationId": reservation_id})
    answer = someone.post("/v1/orders", {"reservationId": reservation_id}, key=str(uuid4()))
    assert answer.status_code == 410, answer.text


def test_413_a_body_over_64_kb(buyer: Client) -> None:
    answer = raw(buyer, "POST", "/v1/orders", '{"a":"' + "x" * 70_000 + '"}', "application/json")
    problem(answer, 413, "payload-too-large")


def test_a_seat_map_may_be_larger(organizer: Client) -> None:
    event_id = hall(organizer, status="SCHEDULED")
    seats = [{"number": str(number), "priceCents": 1000 + number} for number in range(3000)]
    plan = {"sections": [{"name": "Field", "rows": [{"row": "A", "seats": seats}]}]}
    answer = ok(organizer.send("PUT", f"/v1/events/{event_id}/seats", json=plan))
    assert answer["totalSeats"] == 3000


def test_415_a_body_that_is_not_json(buyer: Client) -> None:
    answer = raw(buyer, "POST", "/v1/seats/reserve", "a=1", "application/x-www-form-urlencoded")
    problem(answer, 415, "unsupported-media-type")


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/seats/reserve", {"eventId": 1, "seatIds": [1], "extra": 1}, "/extra"),
        ("/v1/seats/reserve", {"eventId": "x", "seatIds": [1]}, "/eventId"),
        ("/v1/users/register", {"username": "ab"}, "/username"),
    ],
)
def test_422_names_the_fault(buyer: Client, path: str, body: object, pointer: str) -> None:
    document = problem(buyer.post(path, body), 422, "validation-failed")
    assert pointer in {fault["pointer"] for fault in document["errors"]}


def test_422_more_than_ten_seats(buyer: Client, event_id: int) -> None:
    answer = buyer.post("/v1/seats/reserve", {"eventId": event_id, "seatIds": list(range(1, 12))})
    problem(answer, 422, "validation-failed")


def test_422_an_amount_that_is_not_the_orders(buyer: Client, event_id: int) -> None:
    order = buyer.order(buyer.reserve(event_id, [7])["reservationId"])
    answer = buyer.charge(order | {"totalCents": order["totalCents"] - 1})
    problem(answer, 422, "validation-failed")
    give_up(buyer, order)


def test_202_an_unknown_outcome_is_pending_and_never_failed(organizer: Client, url: str) -> None:
    event_id, someone = hall(organizer), register(url)
    order = someone.order(someone.reserve(event_id, [8])["reservationId"])
    answer = someone.charge(order, "tok_timeout_after")
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "PENDING"


def test_a_user_who_deleted_himself_is_gone(url: str) -> None:
    someone = register(url)
    path = f"/v1/users/{someone.user_id}"
    email = ok(someone.get("/v1/users/me"))["email"]
    assert someone.send("DELETE", path).status_code == 204
    login = {"usernameOrEmail": email, "password": "correct horse battery"}
    problem(Client(url).post("/v1/users/login", login), 401, "invalid-credentials")


def test_taken_names_are_a_conflict(url: str) -> None:
    someone = register(url)
    profile = ok(someone.get("/v1/users/me"))
    body = {
        "username": profile["username"],
        "email": f"other-{uuid4().hex}@example.com",
        "password": "correct horse battery",
        "firstName": "A",
        "lastName": "B",
    }
    assert Client(url).post("/v1/users/register", body).status_code == 409


def test_health_and_documentation_are_served_from_one_origin(url: str) -> None:
    client = Client(url)
    assert ok(client.get("/health")) == {"status": "ok"}
    for domain in ("users", "catalog", "seating", "orders", "payments"):
        assert ok(client.get(f"/health/{domain}"))["status"] == "ok"
    assert ok(client.get("/openapi.json"))["openapi"].startswith("3.1")
    page = client.get("/docs").text
    assert "swagger" in page.lower()
    assert "src=" not in page.partition("<body")[2].partition("<script")[0]
    keys = ok(client.get("/.well-known/jwks.json"))["keys"]
    assert keys[0]["kty"] == "EC"


def test_sign_in_gives_a_pair_that_can_be_refreshed_once(url: str) -> None:
    someone = register(url)
    name = ok(someone.get("/v1/users/me"))["username"]
    assert sign_in(url, name, "correct horse battery").user_id == someone.user_id
    login = {"usernameOrEmail": name, "password": "correct horse battery"}
    pair = ok(Client(url).post("/v1/users/login", login))
    body = {"refreshToken": pair["refreshToken"]}
    fresh = ok(Client(url).post("/v1/users/token/refresh", body))
    assert fresh["refreshToken"] != pair["refreshToken"]
    # From now on the first can't be that of somebody who lost the answer.
    ok(Client(url).post("/v1/users/token/refresh", {"refreshToken": fresh["refreshToken"]}))
    problem(Client(url).post("/v1/users/token/refresh", body), 401, "invalid-refresh-token")


def test_an_organizers_event_is_nobody_elses(organizer: Client, url: str) -> None:
    other = register(url, "organizer")
    ok(organizer.send("PATCH", f"/v1/users/{other.user_id}/role", json={"role": "EVENT_ORGANIZER"}))
    username = ok(other.get("/v1/users/me"))["username"]
    promoted = sign_in(url, username, "correct horse battery")
    event_id = hall(organizer, status="SCHEDULED")
    problem(
        promoted.send("PATCH", f"/v1/events/{event_id}", json={"title": "Mine now"}),
        404,
        "not-found",
    )
    own = hall(promoted, status="SCHEDULED")
    assert created(promoted.post("/v1/venues", {"name": "X", "city": "Y", "capacity": 1}))
    assert ok(promoted.get(f"/v1/events/{own}"))["organizerId"] == promoted.user_id
