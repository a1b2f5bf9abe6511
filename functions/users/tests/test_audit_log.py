"""The audit log tells who changed what of an account, and when; only ever more of it."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError

from functions.shared.pagination import encode_cursor
from functions.shared.tests.deployed import Answer, Client
from functions.users import password_resets, trail_store
from functions.users.password_resets import Mail
from functions.users.tests.conftest import ADMIN_PASSWORD, PASSWORD, RESET_PAGE

Register = Callable[..., dict[str, Any]]
Log = Callable[..., list[dict[str, Any]]]
NEW = "a new horse, as correct"
ADMIN_ID = 1


@pytest.fixture
def log(client: Client, admin_token: str) -> Log:
    """Entries, newest first, without the administrator's own creation."""

    def log(**query: Any) -> list[dict[str, Any]]:
        answer = client("GET", "/v1/users/audit-log", query=query, token=admin_token)
        assert answer.status == 200, answer.body
        return [each for each in answer.body["items"] if each["action"] != "ADMINISTRATOR_CREATED"]

    return log


def changed(field: str, before: str | None = None, after: str | None = None) -> dict[str, Any]:
    return {"field": field, "before": before, "after": after}


def test_the_creation_of_an_administrator_is_the_systems(client: Client, admin_token: str) -> None:
    answer = client("GET", "/v1/users/audit-log", token=admin_token)
    [entry] = answer.body["items"]
    assert answer.body["nextCursor"] is None
    assert (entry["action"], entry["userId"], entry["actorId"]) == (
        "ADMINISTRATOR_CREATED",
        ADMIN_ID,
        None,
    )


@pytest.mark.parametrize(
    ("path", "body", "action", "changes"),
    [
        (
            "/status",
            {"status": "SUSPENDED"},
            "STATUS_CHANGED",
            [changed("status", "ACTIVE", "SUSPENDED")],
        ),
        (
            "/role",
            {"role": "EVENT_ORGANIZER"},
            "ROLE_CHANGED",
            [changed("role", "CUSTOMER", "EVENT_ORGANIZER")],
        ),
        (
            "",
            {"email": "else@mail.com", "lastName": "Else", "city": None},
            "PROFILE_CHANGED",
            [changed("email"), changed("last_name")],
        ),
    ],
)
def test_what_an_administrator_changes_is_written_down(
    client: Client,
    register: Register,
    admin_token: str,
    log: Log,
    path: str,
    body: dict[str, Any],
    action: str,
    changes: list[dict[str, Any]],
) -> None:
    user_id = register()["user"]["id"]
    before = datetime.now(UTC)
    answer = client(
        "PATCH" if path else "PUT", f"/v1/users/{user_id}{path}", body, token=admin_token
    )
    assert answer.status == 200, answer.body
    [entry] = log()
    happened_at = datetime.fromisoformat(entry.pop("happenedAt"))
    assert before <= happened_at <= datetime.now(UTC)
    assert entry == {
        "entryId": 2,
        "action": action,
        "userId": user_id,
        "actorId": ADMIN_ID,
        "changes": changes,
        "requestId": answer.headers["X-Request-Id"],
    }


def test_what_users_do_to_their_accounts_is_written_down_as_theirs(
    client: Client, register: Register, log: Log, login: Callable[..., Answer], engine: Engine
) -> None:
    registered = register()
    user_id, token = registered["user"]["id"], registered["token"]
    body = {"currentPassword": PASSWORD, "newPassword": NEW}
    assert client("PUT", "/v1/users/me/password", body, token=token).status == 204
    mails: list[Mail] = []

    def send(mail: Mail) -> None:
        mails.append(mail)

    now = datetime.now(UTC)
    password_resets.mail_reset(engine, send, RESET_PAGE, "ann@mail.com", now)
    reset = {"token": mails[0].text.split("#token=")[1].split()[0], "newPassword": PASSWORD}
    assert client("POST", "/v1/users/password/reset", reset).status == 204
    assert client("PUT", "/v1/users/2", {"city": "Pune"}, token=token).status == 200
    assert client("DELETE", "/v1/users/2", token=login().body["token"]).status == 204
    entries = log()
    assert [(entry["action"], entry["changes"]) for entry in entries] == [
        ("ACCOUNT_CLOSED", [changed("status", "ACTIVE", "DELETED")]),
        ("PASSWORD_RESET", []),
        ("PASSWORD_CHANGED", []),
    ]
    assert {(entry["userId"], entry["actorId"]) for entry in entries} == {(user_id, user_id)}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", "/v1/users/2/status", {"status": "ACTIVE"}, 200),
        ("PATCH", "/v1/users/2/role", {"role": "CUSTOMER"}, 200),
        ("PUT", "/v1/users/2", {"firstName": "Ann"}, 200),
        ("PUT", "/v1/users/2", {"email": "admin@mail.com"}, 409),
        ("PATCH", "/v1/users/99/status", {"status": "SUSPENDED"}, 404),
        ("DELETE", "/v1/users/99", None, 404),
    ],
)
def test_what_changed_nothing_is_not_written_down(
    client: Client,
    register: Register,
    admin_token: str,
    log: Log,
    method: str,
    path: str,
    body: Any,
    status: int,
) -> None:
    register()
    assert client(method, path, body, token=admin_token).status == status
    assert log() == []


@pytest.fixture
def broken_log(engine: Engine) -> Iterator[None]:
    """Nothing can be written to the log."""

    def refuse(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO audit_log"):
            raise RuntimeError("the disk is full")

    event.listen(engine, "before_cursor_execute", refuse)
    yield
    event.remove(engine, "before_cursor_execute", refuse)


@pytest.mark.usefixtures("broken_log")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/status", {"status": "SUSPENDED"}),
        ("PATCH", "/role", {"role": "ADMIN"}),
        ("PUT", "", {"city": "Pune"}),
        ("DELETE", "", None),
    ],
)
def test_what_cannot_be_written_down_does_not_happen(
    client: Client, register: Register, admin_token: str, method: str, path: str, body: Any
) -> None:
    ann = register()
    answer = client(method, f"/v1/users/2{path}", body, token=admin_token)
    answer.problem(500, "internal-error")
    assert client("GET", "/v1/users/me", token=ann["token"]).body == ann["user"]


def test_the_log_is_of_one_user_or_one_actor_or_both(
    client: Client, register: Register, admin_token: str, log: Log
) -> None:
    for name in ("ann", "bob"):
        register(name)
    client("PATCH", "/v1/users/2/role", {"role": "ADMIN"}, token=admin_token)
    second = client("POST", "/v1/users/login", {"username": "ann", "password": PASSWORD})
    for user_id in (1, 3):
        path = f"/v1/users/{user_id}/status"
        assert client("PATCH", path, {"status": "INACTIVE"}, token=second.body["token"]).body
    assert [entry["userId"] for entry in log()] == [3, 1, 2]
    assert [entry["userId"] for entry in log(actorId=2)] == [3, 1]
    assert [entry["actorId"] for entry in log(userId=2)] == [1]
    assert [entry["entryId"] for entry in log(userId=3, actorId=2)] == [4]
    assert log(userId=3, actor_id=1) == []


def test_pages_of_the_log_stay_as_they_are_while_it_grows(
    client: Client, register: Register, admin_token: str
) -> None:
    register()

    def happen() -> None:
        for status in ("SUSPENDED", "ACTIVE"):
            client("PATCH", "/v1/users/2/status", {"status": status}, token=admin_token)

    for _ in range(3):
        happen()
    seen: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        query = {"limit": 2, "userId": 2} | cursor
        page = client("GET", "/v1/users/audit-log", query=query, token=admin_token).body
        seen += [entry["entryId"] for entry in page["items"]]
        happen()
        if page["nextCursor"] is None:
            break
        cursor = {"cursor": page["nextCursor"]}
    assert seen == [7, 6, 5, 4, 3, 2]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"userId": 0}, "/userId"),
        ({"actorId": "me"}, "/actorId"),
        ({"limit": 101}, "/limit"),
        ({"cursor": encode_cursor({"userId": 1})}, "/cursor"),
        ({"cursor": encode_cursor({"entryId": 2**63})}, "/cursor"),
    ],
)
def test_a_bad_query_is_named(
    client: Client, admin_token: str, query: dict[str, Any], pointer: str
) -> None:
    answer = client("GET", "/v1/users/audit-log", query=query, token=admin_token)
    assert answer.faults() == {pointer}


@pytest.mark.parametrize(
    "forgetting",
    ["UPDATE audit_log SET actor_id = NULL", "DELETE FROM audit_log", "TRUNCATE audit_log"],
)
def test_the_database_itself_forgets_nothing(
    client: Client, admin_token: str, engine: Engine, forgetting: str
) -> None:
    before = client("GET", "/v1/users/audit-log", token=admin_token).body["items"]
    with pytest.raises(DBAPIError, match="only added to"), engine.begin() as connection:
        connection.execute(text(forgetting))
    assert client("GET", "/v1/users/audit-log", token=admin_token).body["items"] == before


def test_the_log_outlives_a_person_and_holds_nothing_of_theirs(
    client: Client, register: Register, admin_token: str, engine: Engine, users_tasks: ModuleType
) -> None:
    profile = {"firstName": "Canary", "phoneNumber": "020 4711", "address": "1 Canary Wharf"}
    user_id = register("canary", **profile)["user"]["id"]
    path = f"/v1/users/{user_id}"
    client("PUT", path, dict.fromkeys(profile, "1"), token=admin_token)
    client("PUT", path, {"email": "canary2@mail.com"}, token=admin_token)
    assert client("DELETE", path, token=admin_token).status == 204
    with engine.begin() as connection:
        kept = json.dumps(trail_store.list_entries(connection), default=str).lower()
    assert kept.count("profile_changed") == 2
    for personal in ("canary", "4711", "argon2", PASSWORD, ADMIN_PASSWORD, "mail.com"):
        assert personal not in kept
