"""Users get all data held on them: whole, theirs alone, or not at all."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from functions.shared.tests.deployed import Answer, Client
from functions.users import exports
from functions.users.domain import EXPORTS
from functions.users.neighbours import Neighbours, TaskFunctions
from functions.users.tests.conftest import PASSWORD

Register = Callable[..., dict[str, Any]]
MOMENT = "2026-11-22T18:30:00Z"
CENTS = {"currency": "INR", "refundedCents": 0}
SEAT = {"seatId": 1, "section": "Stalls", "row": "A", "seatNumber": "1", "priceCents": 100}


def order(number: int) -> dict[str, Any]:
    """As the orders domain exports it, with something that is nobody's business here."""
    return {
        **CENTS,
        "orderId": f"order-{number}",
        "userId": 2,
        "organizerId": 77,
        "eventId": 1,
        "reservationId": f"reservation-{number}",
        "status": "CONFIRMED",
        "reason": None,
        "subtotalCents": 100,
        "taxCents": 5,
        "totalCents": 105,
        "items": [SEAT],
        "tickets": [
            {**SEAT, "ticketId": "t", "status": "VALID", "issuedAt": MOMENT, "usedAt": None}
        ],
        "expiresAt": MOMENT,
        "createdAt": MOMENT,
        "updatedAt": MOMENT,
    }


def payment(order_id: str) -> dict[str, Any]:
    return {
        **CENTS,
        "paymentId": f"payment-of-{order_id}",
        "merchantOrderId": order_id,
        "status": "SUCCESS",
        "amountCents": 105,
        "provider": "simulator",
        "providerTxnId": "sim_1",
        "createdAt": MOMENT,
        "updatedAt": MOMENT,
        "attempts": [],
        "refunds": [],
    }


def reservation(reservation_id: str) -> dict[str, Any]:
    return {
        "reservationId": reservation_id,
        "eventId": 1,
        "orderId": None,
        "status": "ACTIVE",
        "seatIds": [1],
        "totalCents": 100,
        "currency": "INR",
        "expiresAt": MOMENT,
    }


class Others:
    """The task functions of the other domains: of two pages each, where there are pages."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.away: dict[str, Any] = {}

    def invoke(self, **call: Any) -> dict[str, Any]:
        payload = json.loads(call["Payload"])
        function = call["FunctionName"]
        self.asked.append({"function": function, **payload})
        if function in self.away:
            trouble = self.away[function]
            if isinstance(trouble, Exception):
                raise trouble
            return {"Payload": io.BytesIO(json.dumps(trouble).encode()), "FunctionError": "x"}
        answer = getattr(self, f"_{function}")(payload)
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}

    def _orders(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["cursor"] is None:
            return {"orders": [order(1), order(2)], "cursor": "more"}
        return {"orders": [order(3)], "cursor": None}

    def _payments(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {"payments": [payment(order_id) for order_id in asked["orderIds"]]}

    def _seating(self, asked: dict[str, Any]) -> dict[str, Any]:
        held = [f"held-at-{event_id}" for event_id in asked.get("eventIds", [])]
        ids = [*asked.get("reservationIds", []), *held]
        return {"reservations": [reservation(each) for each in ids]}

    def _catalog(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["after"] == 0:
            return {"eventIds": [4, 5], "after": 5}
        return {"eventIds": [6], "after": None}


@pytest.fixture
def others(client: Client, monkeypatch: pytest.MonkeyPatch) -> Others:
    others = Others()
    functions: Any = others
    names = TaskFunctions("orders", "payments", "seating", "catalog")
    monkeypatch.setattr(client.module, "neighbours", Neighbours(functions, names))
    return others


@pytest.fixture
def export(client: Client) -> Callable[[str], Answer]:
    return lambda token: client("GET", "/v1/users/me/export", token=token)


Exporting = Callable[[str], Answer]


def test_an_export_has_all_that_anybody_holds(
    register: Register, others: Others, export: Exporting
) -> None:
    ann = register(phoneNumber="020 123")
    answer = export(ann["token"])
    assert answer.status == 200, answer.body
    told = answer.body
    assert told["profile"] == ann["user"]
    assert [each["orderId"] for each in told["orders"]] == ["order-1", "order-2", "order-3"]
    assert [each["ticketId"] for each in told["orders"][0]["tickets"]] == ["t"]
    assert [each["paymentId"] for each in told["payments"]] == [
        f"payment-of-order-{number}" for number in (1, 2, 3)
    ]
    assert {each["reservationId"] for each in told["reservations"]} == {
        *(f"reservation-{number}" for number in (1, 2, 3)),
        *(f"held-at-{event_id}" for event_id in (4, 5, 6)),
    }
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("others")
def test_an_export_tells_of_sessions_by_their_times_alone(
    client: Client, register: Register, login: Callable[..., Answer], export: Exporting
) -> None:
    ann = register()
    renewed = client("POST", "/v1/users/token/refresh", {"refreshToken": ann["refreshToken"]}).body
    over = login().body
    client("POST", "/v1/users/logout", {"refreshToken": over["refreshToken"]}, token=over["token"])
    first, second = export(renewed["token"]).body["sessions"]
    assert first["startedAt"] < first["renewedAt"] < second["startedAt"] == second["renewedAt"]
    assert first["endedAt"] is None
    assert second["endedAt"] > second["startedAt"]
    assert set(first) == {"startedAt", "renewedAt", "expiresAt", "endedAt"}


@pytest.mark.usefixtures("others")
def test_an_export_names_nobody_else(
    client: Client, register: Register, admin_token: str, export: Exporting
) -> None:
    ann = register()
    for role in ("EVENT_ORGANIZER", "CUSTOMER"):
        client("PATCH", "/v1/users/2/role", {"role": role}, token=admin_token)
    body = {"currentPassword": PASSWORD, "newPassword": "another long one"}
    client("PUT", "/v1/users/me/password", body, token=ann["token"])
    told = export(ann["token"]).body
    assert [(each["action"], each["by"]) for each in told["auditLog"]] == [
        ("PASSWORD_CHANGED", "YOU"),
        ("ROLE_CHANGED", "ADMINISTRATOR"),
        ("ROLE_CHANGED", "ADMINISTRATOR"),
    ]
    assert "77" not in json.dumps(told["orders"])
    assert "actorId" not in json.dumps(told)


def test_everybody_is_asked_about_the_caller_alone(
    register: Register, others: Others, export: Exporting
) -> None:
    register("ann")
    bob = register("bob")
    export(bob["token"])
    about = {each["userId"] for each in others.asked if each["function"] != "catalog"}
    assert about == {bob["user"]["id"]}
    assert {each["function"] for each in others.asked} == {
        "orders",
        "payments",
        "seating",
        "catalog",
    }


@pytest.mark.parametrize("who", ["orders", "payments", "seating", "catalog"])
@pytest.mark.parametrize(
    "trouble", [{"errorMessage": "it crashed"}, EndpointConnectionError(endpoint_url="https://x")]
)
def test_nothing_is_exported_by_halves(
    register: Register, others: Others, export: Exporting, who: str, trouble: Any
) -> None:
    others.away[who] = trouble
    answer = export(register()["token"])
    answer.problem(503, "service-unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert "orders" not in answer.body


@pytest.mark.usefixtures("others")
def test_more_than_an_answer_holds_is_refused(
    register: Register, export: Exporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = register()["token"]
    monkeypatch.setattr(exports, "MOST_BYTES", 1_000)
    export(token).problem(409, "export-too-large")


def test_exports_are_not_asked_for_all_day(
    register: Register, others: Others, export: Exporting
) -> None:
    ann, bob = register("ann")["token"], register("bob")["token"]
    for _ in range(EXPORTS.most):
        assert export(ann).status == 200
    others.asked.clear()
    answer = export(ann)
    answer.problem(429, "too-many-attempts")
    assert 0 < int(answer.headers["Retry-After"]) <= EXPORTS.period.total_seconds()
    assert others.asked == []
    assert export(bob).status == 200


def test_who_is_deleted_has_nothing_to_export(
    client: Client, register: Register, others: Others, export: Exporting
) -> None:
    ann = register()
    client("DELETE", f"/v1/users/{ann['user']['id']}", token=ann["token"])
    export(ann["token"]).problem(404, "not-found")
    assert others.asked == []
