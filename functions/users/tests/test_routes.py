"""Each route is open to whom the contract says, and refuses alike what all routes refuse."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from embedded.config import free_port

from functions.shared.tests.deployed import Answer, Client, load
from functions.users.tests.conftest import PASSWORD, person

PUBLIC, SIGNED_IN, ADMIN = "public", "signed in", "admin"
# Method, path, access, and a body it would take.
ROUTES: list[tuple[str, str, str, Any]] = [
    ("POST", "/v1/users/register", PUBLIC, person()),
    ("POST", "/v1/users/login", PUBLIC, {"username": "ann", "password": PASSWORD}),
    ("POST", "/v1/users/token/refresh", PUBLIC, {"refreshToken": "x"}),
    ("POST", "/v1/users/logout", SIGNED_IN, {"refreshToken": "x"}),
    ("GET", "/v1/users/me", SIGNED_IN, None),
    ("GET", "/v1/users/me/export", SIGNED_IN, None),
    (
        "PUT",
        "/v1/users/me/password",
        SIGNED_IN,
        {"currentPassword": PASSWORD, "newPassword": PASSWORD},
    ),
    ("POST", "/v1/users/password/forgot", PUBLIC, {"email": "ann@mail.com"}),
    ("POST", "/v1/users/password/reset", PUBLIC, {"token": "x", "newPassword": PASSWORD}),
    ("GET", "/v1/users/<user_id>", SIGNED_IN, None),
    ("PUT", "/v1/users/<user_id>", SIGNED_IN, {"city": "Pune"}),
    ("DELETE", "/v1/users/<user_id>", SIGNED_IN, None),
    ("GET", "/v1/users", ADMIN, None),
    ("GET", "/v1/users/audit-log", ADMIN, None),
    ("PATCH", "/v1/users/<user_id>/status", ADMIN, {"status": "ACTIVE"}),
    ("PATCH", "/v1/users/<user_id>/role", ADMIN, {"role": "CUSTOMER"}),
    ("GET", "/.well-known/jwks.json", PUBLIC, None),
    ("GET", "/health/users", PUBLIC, None),
]
WITH_BODY = [(method, path) for method, path, _, body in ROUTES if body is not None]
Register = Callable[..., dict[str, Any]]


def concrete(path: str) -> str:
    return path.replace("<user_id>", "1")


def test_there_are_these_routes_and_no_others(users_api: ModuleType) -> None:
    declared = {
        (route.method, route.path, route.openapi_extensions["x-access"])
        for route in users_api.api.resolver.routes
    }
    assert declared == {(method, path, access) for method, path, access, _ in ROUTES}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [(method, path, body) for method, path, access, body in ROUTES if access != PUBLIC],
)
def test_who_is_not_signed_in_is_sent_to_sign_in(
    client: Client, method: str, path: str, body: Any
) -> None:
    answer = client(method, concrete(path), body)
    answer.problem(401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [(method, path, body) for method, path, access, body in ROUTES if access == ADMIN],
)
def test_administration_is_for_administrators(
    client: Client, register: Register, method: str, path: str, body: Any
) -> None:
    token = register()["token"]
    client(method, concrete(path), body, token=token).problem(403, "forbidden")


@pytest.mark.parametrize(("method", "path"), WITH_BODY)
def test_a_body_is_a_small_json_document_of_known_fields(
    client: Client, admin_token: str, method: str, path: str
) -> None:
    def send(raw: str, media_type: str = "application/json") -> Answer:
        headers = {"Content-Type": media_type}
        return client(method, concrete(path), raw=raw, headers=headers, token=admin_token)

    send("{").problem(400, "malformed-request")
    send(" " * 64 * 1024 + "{}").problem(413, "payload-too-large")
    send("{}", "text/plain").problem(415, "unsupported-media-type")
    assert "/unheardOf" in send('{"unheardOf": 1}').faults()


def test_another_method_is_told_which_there_are(client: Client) -> None:
    answer = client("POST", "/v1/users/1", {})
    answer.problem(405, "method-not-allowed")
    assert answer.headers["Allow"] == "DELETE, GET, HEAD, PUT, OPTIONS"


def test_health_reads_the_database(client: Client) -> None:
    answer = client("GET", "/health/users")
    assert (answer.status, answer.body) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [(method, path, body) for method, path, _, body in ROUTES if "jwks" not in path],
)
def test_without_its_database_every_route_asks_to_try_again(
    without_database: Client, admin_token: str, method: str, path: str, body: Any
) -> None:
    answer = without_database(method, concrete(path), body, token=admin_token)
    answer.problem(503, "service-unavailable")
    assert answer.headers["Retry-After"] == "1"


def test_without_kms_nobody_gets_keys_and_nothing_is_used_up(
    without_kms: Client, client: Client, register: Register, admin_token: str
) -> None:
    refresh_token = register()["refreshToken"]
    for method, path, body in (
        ("GET", "/.well-known/jwks.json", None),
        ("POST", "/v1/users/register", person("bob")),
        ("POST", "/v1/users/token/refresh", {"refreshToken": refresh_token}),
        ("GET", "/v1/users/me", None),
    ):
        answer = without_kms(method, path, body, token=admin_token)
        answer.problem(503, "service-unavailable")
        assert answer.headers["Retry-After"] == "1"
    again = client("POST", "/v1/users/token/refresh", {"refreshToken": refresh_token})
    assert again.status == 200
    register("bob")


@pytest.fixture(scope="module")
def without_database(environment: dict[str, str]) -> Client:
    return Client(load("functions.users.api", environment | {"DATABASE_PORT": str(free_port())}))


@pytest.fixture(scope="module")
def without_kms(environment: dict[str, str]) -> Any:
    nowhere = {"AWS_ENDPOINT_URL_KMS": f"http://127.0.0.1:{free_port()}"}
    module = load("functions.users.api", environment | nowhere)
    yield Client(module)
    module.engine.dispose()
