"""Each route is open to whom the contract says, and produces each problem that it declares."""

import ast
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.config import Config
from embedded.config import free_port

from functions.orders.order_lists import OrderLists
from functions.orders.store import Store
from functions.orders.tests.conftest import House, keyed
from functions.orders.ticket_codes import Admission
from functions.shared.dynamodb import Table
from functions.shared.tests.deployed import Answer

PUBLIC, SIGNED_IN, ORGANIZER = "public", "signed in", "organizer"
# Method, path, access, and a body it would take.
ROUTES: list[tuple[str, str, str, Any]] = [
    ("POST", "/v1/orders", SIGNED_IN, {"reservationId": "r"}),
    ("GET", "/v1/orders", SIGNED_IN, None),
    ("GET", "/v1/orders/<order_id>", SIGNED_IN, None),
    ("GET", "/v1/orders/<order_id>/tickets", SIGNED_IN, None),
    ("POST", "/v1/orders/<order_id>/cancel", SIGNED_IN, None),
    ("POST", "/v1/seats/allocate", ORGANIZER, {"reservationId": "r"}),
    ("GET", "/v1/tickets/<ticket_id>", SIGNED_IN, None),
    ("GET", "/v1/tickets/<ticket_id>/qr.svg", SIGNED_IN, None),
    ("POST", "/v1/tickets/verify", ORGANIZER, {"code": "c", "eventId": 1}),
    ("GET", "/health/orders", PUBLIC, None),
]
BODIES = [(path, access) for method, path, access, body in ROUTES if body]


def filled(path: str) -> str:
    return path.replace("<order_id>", "o").replace("<ticket_id>", "o-1")


def test_there_are_these_routes_and_no_others(orders_api: ModuleType) -> None:
    declared = {
        (route.method, route.path, route.openapi_extensions["x-access"])
        for route in orders_api.api.resolver.routes
    }
    assert declared == {(method, path, access) for method, path, access, _ in ROUTES}


@pytest.mark.parametrize(("method", "path", "access", "body"), ROUTES)
def test_a_route_admits_whom_it_says(
    house: House, method: str, path: str, access: str, body: Any
) -> None:
    anonymous = house.client(method, filled(path), body)
    if access == PUBLIC:
        assert anonymous.status == 200
        return
    anonymous.problem(401, "unauthenticated")
    assert anonymous.headers["WWW-Authenticate"].startswith("Bearer ")
    if access == ORGANIZER:
        house(method, filled(path), body).problem(403, "forbidden")


@pytest.mark.parametrize("path", [path for path, _ in BODIES])
def test_a_body_is_a_small_json_document(house: House, path: str) -> None:
    def send(raw: str, media_type: str = "application/json") -> Answer:
        headers = keyed(**{"Content-Type": media_type})
        return house.as_organizer("POST", path, raw=raw, headers=headers)

    send("{").problem(400, "malformed-request")
    send(" " * 64 * 1024 + "{}").problem(413, "payload-too-large")
    send("{}", "text/plain").problem(415, "unsupported-media-type")
    send('{"surplus": 1}').problem(422, "validation-failed")


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/v1/orders"), ("GET", "/v1/seats/allocate")]
)
def test_another_method_is_told_what_is_allowed(house: House, method: str, path: str) -> None:
    answer = house(method, path)
    answer.problem(405, "method-not-allowed")
    assert "POST" in answer.headers["Allow"]


def test_a_path_that_nothing_serves_is_not_found(house: House) -> None:
    house("GET", "/v1/orders/o/nothing").problem(404, "not-found")


def test_a_fault_of_ours_is_a_500_that_says_nothing(
    house: House, orders_api: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders_api, "orders", None)
    answer = house("GET", "/v1/orders/o")
    assert "NoneType" not in answer.problem(500, "internal-error")["detail"]


@pytest.mark.parametrize(("method", "path", "access", "body"), ROUTES)
def test_a_table_that_does_not_answer_is_a_503(
    house: House,
    orders_api: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    access: str,
    body: Any,
) -> None:
    away = boto3.client(
        "dynamodb",
        endpoint_url=f"http://127.0.0.1:{free_port()}",
        config=Config(retries={"total_max_attempts": 1}),
    )
    table = Table(away, "orders", sleep=lambda _: None)
    store = Store(table)
    if "code" in (body or {}):
        admission = Admission("0b6a1f0e-3c1d-5d0a-9a53-2f4e0a4a1f52", 1, 1)
        body |= {"code": orders_api.signer.code_of(admission)}
    monkeypatch.setattr(orders_api, "store", store)
    monkeypatch.setattr(orders_api, "desk", replace(orders_api.desk, store=store))
    orders = replace(orders_api.orders, store=store, lists=OrderLists(table))
    monkeypatch.setattr(orders_api, "orders", orders)
    monkeypatch.setattr(orders_api, "tickets", replace(orders_api.tickets, store=store))
    answer = house.as_organizer(method, filled(path), body, headers=keyed())
    answer.problem(503, "service-unavailable")
    assert answer.headers["Retry-After"] == "1"


def test_every_problem_a_route_declares_is_produced_by_a_test(orders_api: ModuleType) -> None:
    declared = {
        code.strip("` ")
        for route in orders_api.api.resolver.routes
        for status, response in route.responses.items()
        if status >= 400
        for code in response["description"].split(" or ")
    }
    assert declared <= _checked_codes()


def _checked_codes() -> set[str]:
    """The codes that this domain's tests hand to `.problem(status, code)`, by name or as they are.

    Where a test's code is a parameter, the codes are the strings of its `parametrize`.
    """
    checked: set[str] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        for test in ast.walk(ast.parse(path.read_text())):
            if not isinstance(test, ast.FunctionDef):
                continue
            codes = [
                node.args[1]
                for node in ast.walk(test)
                if isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "problem"
            ]
            by_name = any(isinstance(code, ast.Name) for code in codes)
            searched = [*codes, *(test.decorator_list if by_name else [])]
            checked |= {
                node.value
                for part in searched
                for node in ast.walk(part)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
    return checked
