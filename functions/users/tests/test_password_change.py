"""Who knows the password may change it, and every session that was there ends."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine, text

from functions.shared.tests.deployed import Answer, Client
from functions.users import passwords
from functions.users.tests.conftest import PASSWORD

NEW = "a new horse, as correct"
Register = Callable[..., dict[str, Any]]
Login = Callable[..., Answer]
Change = Callable[..., Answer]


@pytest.fixture
def change(client: Client) -> Change:
    def change(token: str, current: str = PASSWORD, new: str = NEW) -> Answer:
        body = {"currentPassword": current, "newPassword": new}
        return client("PUT", "/v1/users/me/password", body, token=token)

    return change


def test_the_new_password_is_the_only_one(register: Register, login: Login, change: Change) -> None:
    answer = change(register()["token"])
    assert (answer.status, answer.body) == (204, None)
    login("ann", PASSWORD).problem(401, "invalid-credentials")
    assert login("ann", NEW).status == 200


def test_every_session_ends(
    client: Client, register: Register, login: Login, change: Change
) -> None:
    here, elsewhere = register(), login().body
    change(here["token"])
    for session in (here, elsewhere):
        body = {"refreshToken": session["refreshToken"]}
        client("POST", "/v1/users/token/refresh", body).problem(401, "invalid-refresh-token")


def test_a_wrong_current_password_changes_nothing(
    register: Register, login: Login, change: Change
) -> None:
    session = register()
    answer = change(session["token"], "not the password")
    answer.problem(422, "wrong-password")
    assert [error["pointer"] for error in answer.body["errors"]] == ["/currentPassword"]
    assert login("ann", NEW).status == 401
    assert login().status == 200


@pytest.mark.parametrize(
    ("current", "new", "pointer"),
    [
        (PASSWORD, "short", "/newPassword"),
        (PASSWORD, "p" * 129, "/newPassword"),
        ("", NEW, "/currentPassword"),
        ("p" * 129, NEW, "/currentPassword"),
    ],
)
def test_a_password_has_its_bounds(
    register: Register, change: Change, current: str, new: str, pointer: str
) -> None:
    assert change(register()["token"], current, new).faults() == {pointer}


def test_wrong_guesses_here_and_at_sign_in_count_together(
    register: Register, login: Login, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = register()["token"]
    for _ in range(3):
        change(token, "not the password").problem(422, "wrong-password")
    for _ in range(2):
        login("ann", "not the password").problem(401, "invalid-credentials")
    hashed: list[str] = []
    monkeypatch.setattr(passwords, "_canonical", hashed.append)
    answer = change(token)
    assert 890 <= answer.problem(429, "too-many-attempts")["retryAfter"] <= 900
    assert hashed == []
    login().problem(429, "too-many-attempts")


def test_changing_it_forgets_the_failures(register: Register, login: Login, change: Change) -> None:
    token = register()["token"]
    for _ in range(4):
        change(token, "not the password")
    assert change(token).status == 204
    for _ in range(4):
        login("ann", "not the password").problem(401, "invalid-credentials")
    assert login("ann", NEW).status == 200


@pytest.mark.parametrize("gone", ["suspended", "deleted"])
def test_who_may_not_sign_in_may_not_change_it_either(
    client: Client, register: Register, change: Change, admin_token: str, gone: str
) -> None:
    session = register()
    path = f"/v1/users/{session['user']['id']}"
    if gone == "suspended":
        client("PATCH", f"{path}/status", {"status": "SUSPENDED"}, token=admin_token)
    else:
        client("DELETE", path, token=admin_token)
    answer = change(session["token"])
    answer.problem(401, "unauthenticated")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_of_two_changes_the_second_needs_the_password_of_the_first(
    register: Register, login: Login, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = register()["token"]
    meanwhile: list[Answer] = []

    def other_change(password: str) -> str:
        monkeypatch.setattr(passwords, "hash_password", hash_password)
        meanwhile.append(change(token, PASSWORD, "the first of the two"))
        return hash_password(password)

    hash_password = passwords.hash_password
    monkeypatch.setattr(passwords, "hash_password", other_change)
    change(token).problem(422, "wrong-password")
    assert [answer.status for answer in meanwhile] == [204]
    assert login("ann", "the first of the two").status == 200


def test_a_change_during_a_sign_in_by_the_old_password_refuses_it(
    users_api: ModuleType,
    register: Register,
    login: Login,
    change: Change,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its session would otherwise outlive the change."""
    token = register()["token"]
    is_right = passwords.is_right

    def change_meanwhile(stored_hash: str | None, password: str) -> bool:
        monkeypatch.setattr(passwords, "is_right", is_right)
        assert change(token).status == 204
        return is_right(stored_hash, password)

    monkeypatch.setattr(passwords, "is_right", change_meanwhile)
    login().problem(401, "invalid-credentials")
    with engine.begin() as connection:
        live = text("SELECT count(*) FROM refresh_tokens WHERE revoked_at IS NULL")
        assert connection.execute(live).scalar_one() == 0


def test_two_sign_ins_that_both_renew_the_hash_both_succeed(
    register: Register, login: Login, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    register()
    needs_rehash, first = passwords.needs_rehash, list[Answer]()

    def sign_in_meanwhile(stored_hash: str) -> bool:
        monkeypatch.setattr(passwords, "needs_rehash", lambda stored_hash: True)
        first.append(login())
        return True

    monkeypatch.setattr(passwords, "needs_rehash", sign_in_meanwhile)
    assert login().status == 200
    assert [answer.status for answer in first] == [200]
    monkeypatch.setattr(passwords, "needs_rehash", needs_rehash)
    assert login().status == 200
