"""Each route is open to whom the contract says, and produces each problem that it declares."""

import ast
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from functions.payments.tests.desk import CUSTOMER
from functions.shared.tests.deployed import Client, LocalIssuer

PUBLIC, SIGNED_IN, ORGANIZER = "public", "signed in", "organizer"
# Method, path, access, and a body it would take.
ROUTES: list[tuple[str, str, str, Any]] = [
    ("POST", "/v1/charge", SIGNED_IN, {"merchantOrderId": "o", "amountCents": 1}),
    ("POST", "/v1/refund", SIGNED_IN, {"paymentId": "p"}),
    ("GET", "/v1/payments/report", ORGANIZER, None),
    ("GET", "/v1/payments/<payment_id>", SIGNED_IN, None),
    ("GET", "/v1/payments", SIGNED_IN, None),
    ("GET", "/health/payments", PUBLIC, None),
]
SHARED = {
    "forbidden",
    "internal-error",
    "malformed-request",
    "payload-too-large",
    "unauthenticated",
    "unsupported-media-type",
    "validation-failed",
}


def test_there_are_these_routes_and_no_others(payments_api: ModuleType) -> None:
    declared = {
        (route.method, route.path, route.openapi_extensions["x-access"])
        for route in payments_api.api.resolver.routes
    }
    assert declared == {(method, path, access) for method, path, access, _ in ROUTES}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [(method, path, body) for method, path, access, body in ROUTES if access != PUBLIC],
)
def test_who_is_not_signed_in_is_sent_to_sign_in(
    client: Client, method: str, path: str, body: Any
) -> None:
    answer = client(method, path.replace("<payment_id>", "p"), body)
    answer.problem(401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("path", ["/v1/charge", "/v1/refund"])
def test_a_body_is_a_small_json_document(client: Client, issuer: LocalIssuer, path: str) -> None:
    def send(raw: str, media_type: str = "application/json") -> Any:
        headers = {"Content-Type": media_type, "Idempotency-Key": "key-1"}
        return client("POST", path, raw=raw, headers=headers, token=issuer.token(CUSTOMER))

    send("{").problem(400, "malformed-request")
    send(" " * 64 * 1024 + "{}").problem(413, "payload-too-large")
    send("{}", "text/plain").problem(415, "unsupported-media-type")
    assert send('{"surplus": 1}').problem(422, "validation-failed")


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/v1/charge"), ("POST", "/v1/payments")])
def test_another_method_is_told_what_is_allowed(client: Client, method: str, path: str) -> None:
    answer = client(method, path)
    answer.problem(405, "method-not-allowed")
    assert "OPTIONS" in answer.headers["Allow"]


def test_every_problem_that_the_routes_declare_is_produced_by_a_test(
    payments_api: ModuleType,
) -> None:
    declared = {
        code.strip("` ")
        for route in payments_api.api.resolver.routes
        for status, response in route.responses.items()
        if status >= 400
        for code in response["description"].split(" or ")
    }
    assert declared - SHARED <= _checked_codes()


def test_a_fault_of_ours_is_a_500_that_says_nothing(
    client: Client, issuer: LocalIssuer, payments_api: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payments_api, "cashier", None)
    answer = client("GET", "/v1/payments/p", token=issuer.token(CUSTOMER))
    assert "NoneType" not in answer.problem(500, "internal-error")["detail"]


def _checked_codes() -> set[str]:
    """The codes in `.problem(status, code)` calls of this domain's tests."""
    trees = [ast.parse(path.read_text()) for path in Path(__file__).parent.glob("test_*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        str(call.args[1].value)
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "problem"
        and isinstance(call.args[1], ast.Constant)
    }
