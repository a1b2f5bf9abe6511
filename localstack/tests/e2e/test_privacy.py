"""People's data: given to them whole, erased when they go, and never in any log."""

import json
import re
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import pytest
from embedded.stack import RunningStack

from e2e.books import let_all_ask_for_mail
from e2e.client import Client, connections, created, eventually, hall, ok, problem

LOGS = {"functions.log", "emulator.log", "edge.log", "postgres.log"}
# A test number that every provider knows, and that passes the check on its digits.
CARD = "4242424242424242"


@pytest.fixture
def organizer(stack: RunningStack, organizer: Client) -> Client:
    """Of the stack whose logs are read."""
    assert organizer.url == stack.url
    return organizer


@dataclass
class Person:
    """Somebody whose every word is told from all others, and can be searched for."""

    url: str
    mark: str = field(default_factory=lambda: f"kanary{uuid4().hex[:10]}")
    secrets: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.account: dict[str, Any] = {
            "username": f"{self.mark}name",
            "email": f"{self.mark}@example.com",
            "password": f"{self.mark} as a password",
            "firstName": f"{self.mark} First",
            "lastName": f"{self.mark} Last",
            "phoneNumber": f"+91 {uuid4().int % 10**12:012}",
            "address": f"{self.mark} Street",
            "city": f"{self.mark} City",
            "state": f"{self.mark} State",
            "zipCode": self.mark,
            "country": f"{self.mark} Country",
        }
        self.session = created(Client(self.url).post("/v1/users/register", self.account))
        self.keep(self.session)
        self.client = Client(self.url, self.session["token"], self.session["user"]["id"])

    @property
    def path(self) -> str:
        return f"/v1/users/{self.client.user_id}"

    def keep(self, session: dict[str, Any]) -> None:
        """Remember the tokens of a session; of an access token its signature is the secret."""
        place = len(self.secrets)
        self.secrets[f"access token {place}"] = session["token"].rpartition(".")[2]
        self.secrets[f"refresh token {place}"] = session["refreshToken"]

    def traces(self) -> dict[str, str]:
        """What no log may have, by what it is."""
        return {"their own words": self.mark, "phone": self.account["phoneNumber"], **self.secrets}


def bought(person: Person, organizer: Client) -> tuple[int, dict[str, Any]]:
    """A paid order of the person's, and its event's id."""
    event_id = hall(organizer)
    reserved = person.client.reserve(event_id, [1, 2])
    card = {"type": "card", "token": "tok_ok"}
    order = person.client.order(reserved["reservationId"], paymentMethod=card)
    return event_id, person.client.order_once(order["orderId"], "CONFIRMED")


def test_users_get_all_that_is_held_on_them_and_nothing_else(
    url: str, organizer: Client, stack: RunningStack
) -> None:
    ann, bob = Person(url), Person(url)
    event_id, order = bought(ann, organizer)
    other_event = hall(organizer)
    held = ann.client.reserve(other_event, [3])
    bought(bob, organizer)
    refund = {
        "paymentId": order["payment"]["paymentId"],
        "ticketIds": [order["tickets"][0]["ticketId"]],
    }
    assert ann.client.post("/v1/refund", refund, key=uuid4().hex).status_code == 201
    ok(organizer.send("PATCH", f"{ann.path}/status", json={"status": "ACTIVE"}))
    ok(organizer.send("PUT", ann.path, json={"city": f"{ann.mark} Town"}))
    told = eventually(
        lambda: ok(ann.client.get("/v1/users/me/export")),
        lambda told: bool(told["payments"][0]["refunds"]),
    )
    assert told["profile"] == ok(ann.client.get("/v1/users/me"))
    assert len(told["sessions"]) == 1
    assert [(each["action"], each["by"]) for each in told["auditLog"]] == [
        ("PROFILE_CHANGED", "ADMINISTRATOR")
    ]
    [exported] = told["orders"]
    assert (exported["orderId"], exported["eventId"]) == (order["orderId"], event_id)
    assert sorted(ticket["status"] for ticket in exported["tickets"]) == ["VALID", "VOID"]
    [payment] = told["payments"]
    assert payment["paymentId"] == order["payment"]["paymentId"]
    assert [each["outcome"] for each in payment["attempts"]] == ["CAPTURED"]
    assert len(payment["refunds"]) == 1
    assert {each["reservationId"] for each in told["reservations"]} == {
        order["reservationId"],
        held["reservationId"],
    }
    written = json.dumps(told)
    assert bob.mark not in written
    assert "code" not in told["orders"][0]["tickets"][0]


def test_a_closed_account_leaves_orders_and_no_person(url: str, organizer: Client) -> None:
    ann = Person(url)
    _, order = bought(ann, organizer)
    answer = ann.client.send("DELETE", ann.path)
    assert answer.status_code == 204, answer.text
    # Her token runs out by itself, but her account is gone at once.
    for path in ("/v1/users/me", ann.path, "/v1/users/me/export"):
        problem(ann.client.get(path), 404, "not-found")
    sign_in = {"usernameOrEmail": ann.account["email"], "password": ann.account["password"]}
    problem(Client(url).post("/v1/users/login", sign_in), 401, "invalid-credentials")
    refresh = {"refreshToken": ann.session["refreshToken"]}
    renewed = Client(url).post("/v1/users/token/refresh", refresh)
    problem(renewed, 401, "invalid-refresh-token")
    assert ok(organizer.get("/v1/users", search=ann.mark))["items"] == []
    kept = ok(organizer.get(f"/v1/orders/{order['orderId']}"))
    assert (kept["userId"], kept["status"]) == (ann.client.user_id, "CONFIRMED")
    assert ann.mark not in json.dumps(kept)
    [closed] = ok(organizer.get("/v1/users/audit-log", userId=ann.client.user_id))["items"]
    assert (closed["action"], closed["actorId"]) == ("ACCOUNT_CLOSED", ann.client.user_id)
    again = Client(url).post("/v1/users/register", ann.account)
    assert created(again)["user"]["id"] != ann.client.user_id


def test_no_log_has_a_persons_data_or_secrets(
    stack: RunningStack, url: str, organizer: Client
) -> None:
    ann = Person(url)
    _live(ann, organizer, stack)
    _be_refused(ann, organizer)
    beacon = f"beacon-{uuid4().hex}"
    connections().get(f"{url}/v1/users/me", headers={"X-Request-Id": beacon})
    eventually(
        lambda: (stack.state / "logs" / "functions.log").read_text(errors="replace"),
        lambda log: beacon in log,
    )
    logs = {path.name: path.read_text(errors="replace") for path in _logs(stack)}
    assert set(logs) >= LOGS
    found = [
        f"{name} has {what}: ...{log[max(0, log.index(trace) - 200) : log.index(trace) + 80]}"
        for name, log in logs.items()
        for what, trace in (ann.traces() | {"card": CARD}).items()
        if trace in log
    ]
    assert found == []


def _logs(stack: RunningStack) -> list[Any]:
    return [*(stack.state / "logs").glob("*.log"), stack.state / "up.log"]


def _live(ann: Person, organizer: Client, stack: RunningStack) -> None:
    """All that goes well: sessions, a purchase, a refund with words, a mailed token."""
    name = {"usernameOrEmail": ann.account["email"], "password": ann.account["password"]}
    session = ok(Client(ann.url).post("/v1/users/login", name))
    ann.keep(session)
    renewed = Client(ann.url).post(
        "/v1/users/token/refresh", {"refreshToken": session["refreshToken"]}
    )
    ann.keep(ok(renewed))
    ok(ann.client.send("PUT", ann.path, json={"lastName": f"{ann.mark} Married"}))
    ok(organizer.get("/v1/users", search=ann.mark))
    ok(ann.client.get("/v1/users/me/export"))
    event_id, order = bought(ann, organizer)
    refund = {"paymentId": order["payment"]["paymentId"], "reason": f"{ann.mark} fell ill"}
    assert ann.client.post("/v1/refund", refund, key=uuid4().hex).status_code == 201
    cancelled = organizer.post(f"/v1/events/{event_id}/cancel", {"reason": f"{ann.mark} is ill"})
    assert cancelled.status_code == 202
    let_all_ask_for_mail(stack)
    forgot = Client(ann.url).post("/v1/users/password/forgot", {"email": ann.account["email"]})
    assert forgot.status_code == 202
    ann.secrets["reset token"] = token = _mailed(stack, ann.account["email"])
    reset = {"token": token, "newPassword": f"{ann.mark} reset"}
    assert Client(ann.url).post("/v1/users/password/reset", reset).status_code == 204
    change = {"currentPassword": reset["newPassword"], "newPassword": f"{ann.mark} changed"}
    assert ann.client.send("PUT", "/v1/users/me/password", json=change).status_code == 204


def _mailed(stack: RunningStack, email: str) -> str:
    """The token in the mail to this address."""

    def look() -> list[str]:
        with urllib.request.urlopen(f"{stack.endpoint}/_ministack/ses/messages") as answer:
            accounts = json.load(answer)["messages"]
        mails = [mail for each in accounts.values() for mail in each if mail["To"] == [email]]
        return [str(re.findall(r"#token=([\w-]+)", mail["BodyText"])[0]) for mail in mails]

    return eventually(look, bool, 90)[0]


def _be_refused(ann: Person, organizer: Client) -> None:
    """All that goes wrong, with secrets in every place that somebody may put one."""
    anybody, mark = Client(ann.url), ann.mark
    taken = ann.account | {"username": f"{mark}else"}
    problem(anybody.post("/v1/users/register", taken), 409, "email-taken")
    taken = ann.account | {"email": f"{mark}else@example.com"}
    problem(anybody.post("/v1/users/register", taken), 409, "username-taken")
    wrong = {"usernameOrEmail": ann.account["email"], "password": f"{mark} wrong"}
    problem(anybody.post("/v1/users/login", wrong), 401, "invalid-credentials")
    for token in (f"{mark}.{mark}.{mark}", f"{mark}"):
        stranger = Client(ann.url, token)
        problem(stranger.get("/v1/users/me"), 401, "unauthenticated")
    refresh = {"refreshToken": f"{mark}-refresh"}
    problem(anybody.post("/v1/users/token/refresh", refresh), 401, "invalid-refresh-token")
    reset = {"token": f"{mark}-reset", "newPassword": f"{mark} new password"}
    problem(anybody.post("/v1/users/password/reset", reset), 422, "invalid-reset-token")
    paths = _paths_with_bodies()
    spoilt: list[Any] = [mark, {"deep": [mark]}, [mark], f"{mark}\x00", f"{mark}\ud800", CARD]
    for caller in (anybody, ann.client, organizer):
        for method, path in paths:
            for value in spoilt:
                names = ("email", "password", "token", "reason", "title", "name", "username")
                body = dict.fromkeys((*names, "refreshToken", "paymentMethod", mark), value)
                _send(caller, method, path, json.dumps(body).encode())
            _send(caller, method, path, f'{{"email": "{mark}", "password": "{mark}"'.encode())
            _send(caller, method, path, f'{{"a": "{mark}", "a": "{mark}"}}'.encode())
            _send(caller, method, path, mark.encode() + b"\xff")
            _send(caller, method, path, mark.encode(), content_type="text/plain")
    for path in ("/v1/users", "/v1/events/search", "/v1/orders", "/v1/seats", "/v1/payments"):
        for query in ({"search": f"{mark}\x00"}, {"cursor": mark}, {"q": CARD}, {mark: mark}):
            _send(organizer, "GET", path, params=query)
    _send(ann.client, "POST", "/v1/orders", b"{}", headers={"Idempotency-Key": "x" * 300 + mark})


def _paths_with_bodies() -> list[tuple[str, str]]:
    return [
        ("POST", "/v1/users/register"),
        ("POST", "/v1/users/login"),
        ("POST", "/v1/users/token/refresh"),
        ("POST", "/v1/users/logout"),
        ("POST", "/v1/users/password/forgot"),
        ("POST", "/v1/users/password/reset"),
        ("PUT", "/v1/users/me/password"),
        ("PUT", "/v1/users/1"),
        ("PATCH", "/v1/users/999999/status"),
        ("POST", "/v1/venues"),
        ("POST", "/v1/events"),
        ("POST", "/v1/events/1/cancel"),
        ("PUT", "/v1/events/1/seats"),
        ("POST", "/v1/seats/reserve"),
        ("POST", "/v1/orders"),
        ("POST", "/v1/tickets/verify"),
        ("POST", "/v1/charge"),
        ("POST", "/v1/refund"),
        ("POST", "/v1/payments/webhook/simulator"),
    ]


def _send(
    caller: Client,
    method: str,
    path: str,
    content: bytes | None = None,
    content_type: str = "application/json",
    **sent: Any,
) -> httpx.Response:
    """A request that is refused one way or another, and by no fault of ours."""
    headers = {"Content-Type": content_type, "Idempotency-Key": uuid4().hex}
    headers |= caller.headers | sent.pop("headers", {})
    answer = connections().request(
        method, caller.url + path, content=content, headers=headers, **sent
    )
    assert answer.status_code < 500, answer.text
    return answer
