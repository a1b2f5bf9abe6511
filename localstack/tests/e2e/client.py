"""A buyer and an organizer as the end-to-end tests see them: HTTP and nothing else."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from functions.shared.tests.answers_seen import note

Seen = TypeVar("Seen")
PASSWORD = "correct horse battery"
TRIES = 40


@cache
def connections() -> httpx.Client:
    """All clients' connections, kept open between requests; the session closes them."""
    return httpx.Client(timeout=60, limits=httpx.Limits(max_connections=64))


class Client:
    """One signed-in account, or nobody.

    A 503 is retried to an answer, and so is a charge before the order may be paid; both counted.
    """

    def __init__(self, url: str, token: str | None = None, user_id: int = 0) -> None:
        self.url = url
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.token = token
        self.user_id = user_id
        self.retried = 0

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = self.headers | options.pop("headers", {})
        for _ in range(TRIES):
            answer = connections().request(method, self.url + path, headers=headers, **options)
            code = answer.json()["code"] if answer.status_code >= 400 and answer.content else ""
            note(method, path, answer.status_code, code)
            if answer.status_code != 503 and code != "payment-not-announced":
                return answer
            assert "retry-after" in answer.headers, answer.text
            self.retried += 1
            time.sleep(min(float(answer.headers["retry-after"]), 2))
        raise AssertionError(f"{method} {path} stayed unavailable")

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.send("GET", path, params=query or None)

    def post(
        self, path: str, body: Any = None, key: str | None = None, **headers: str
    ) -> httpx.Response:
        if key is not None:
            headers["Idempotency-Key"] = key
        return self.send("POST", path, json=body, headers=headers)

    def reserve(self, event_id: int, seat_ids: list[int]) -> dict[str, Any]:
        body = {"eventId": event_id, "seatIds": seat_ids}
        reservation: dict[str, Any] = created(self.post("/v1/seats/reserve", body))
        return reservation

    def order(self, reservation_id: str, **body: Any) -> dict[str, Any]:
        body = {"reservationId": reservation_id, **body}
        order: dict[str, Any] = created(self.post("/v1/orders", body, key=str(uuid4())))
        return order

    def charge(self, order: dict[str, Any], token: str = "tok_ok") -> httpx.Response:
        body = {
            "merchantOrderId": order["orderId"],
            "amountCents": order["totalCents"],
            "currency": order["currency"],
            "paymentMethod": {"type": "card", "token": token},
        }
        return self.post("/v1/charge", body, key=str(uuid4()))

    def order_once(self, order_id: str, status: str, seconds: float = 30) -> dict[str, Any]:
        """The order when it has reached this status."""
        return eventually(
            lambda: ok(self.get(f"/v1/orders/{order_id}")),
            lambda order: bool(order["status"] == status),
            seconds,
        )

    def seats(self, event_id: int) -> dict[int, str]:
        """Every seat's status by its id."""
        statuses: dict[int, str] = {}
        cursor = None
        while True:
            query = {"eventId": event_id, "limit": 100} | ({"cursor": cursor} if cursor else {})
            page = ok(self.get("/v1/seats", **query))
            statuses.update({seat["seatId"]: seat["status"] for seat in page["items"]})
            cursor = page["nextCursor"]
            if cursor is None:
                return statuses


def ok(answer: httpx.Response) -> Any:
    """The body of an answer that must be a 200."""
    assert answer.status_code == 200, answer.text
    return answer.json()


def created(answer: httpx.Response) -> Any:
    """The body of an answer that must be a 201."""
    assert answer.status_code == 201, answer.text
    return answer.json()


def problem(answer: httpx.Response, status: int, code: str) -> Any:
    """The answer as problem details, which must say this status and this code."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-request-id"]
    document = answer.json()
    assert document["status"] == status
    assert document["code"] == code, document
    assert document["type"] == f"/problems/{code}"
    assert document["title"]
    assert document["detail"]
    return document


def eventually(
    look: Callable[[], Seen], accept: Callable[[Seen], bool], seconds: float = 30
) -> Seen:
    """What `look` sees once it is acceptable; fails with the last thing seen."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        if accept(seen):
            return seen
        assert time.monotonic() < deadline, seen
        time.sleep(0.5)


def register(url: str, name: str = "buyer") -> Client:
    unique = uuid4().hex[:12]
    account = created(
        Client(url).post(
            "/v1/users/register",
            {
                "username": f"{name}-{unique}",
                "email": f"{name}-{unique}@example.com",
                "password": PASSWORD,
                "firstName": "Test",
                "lastName": name,
            },
        )
    )
    return Client(url, account["token"], account["user"]["id"])


def sign_in(url: str, username: str, password: str) -> Client:
    account = ok(
        Client(url).post("/v1/users/login", {"usernameOrEmail": username, "password": password})
    )
    return Client(url, account["token"], account["user"]["id"])


def hall(organizer: Client, rows: int = 2, seats: int = 10, status: str = "ON_SALE") -> int:
    """An event with one section `Stalls` of `rows` x `seats`, ids from 1, 1000 cents each."""
    venue = created(
        organizer.post("/v1/venues", {"name": "Hall", "city": "Pune", "capacity": rows * seats})
    )
    event_date = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    event = created(
        organizer.post(
            "/v1/events",
            {
                "venueId": venue["venueId"],
                "title": "A night of tests",
                "eventType": "Concert",
                "eventDate": event_date,
                "basePriceCents": 1000,
                "status": status,
            },
        )
    )
    event_id = int(event["eventId"])
    plan = {
        "sections": [
            {
                "name": "Stalls",
                "rows": [{"row": str(number), "seats": seats} for number in range(1, rows + 1)],
            }
        ]
    }
    ok(organizer.send("PUT", f"/v1/events/{event_id}/seats", json=plan))
    return event_id
