"""Signing in: one answer for every reason to refuse, and nothing learnt from the time it takes."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, text

from functions.shared.tests.deployed import Answer, Client
from functions.users import passwords
from functions.users.tests.conftest import PASSWORD

Register = Callable[..., dict[str, Any]]
Login = Callable[..., Answer]


@pytest.mark.parametrize("name", ["ann", "ANN", "ann@mail.com", "Ann@Mail.COM"])
def test_a_user_signs_in_by_either_name_in_any_spelling(
    register: Register, login: Login, name: str
) -> None:
    registered = register()
    answer = login(name)
    assert answer.status == 200
    assert set(answer.body) == set(registered)
    assert answer.body["refreshToken"] != registered["refreshToken"]
    assert answer.body["user"]["id"] == registered["user"]["id"]


@pytest.mark.parametrize(
    "named",
    [
        {"usernameOrEmail": "ann"},
        {"username_or_email": "ann"},
        {"username": "ann"},
        {"email": "ann@mail.com"},
    ],
)
def test_the_name_may_come_in_any_of_its_fields(
    client: Client, register: Register, named: dict[str, str]
) -> None:
    register()
    answer = client("POST", "/v1/users/login", named | {"password": PASSWORD})
    assert (answer.status, answer.body["user"]["username"]) == (200, "ann")


@pytest.mark.parametrize(
    "body",
    [
        {"password": PASSWORD},
        {"username": "ann", "email": "ann@mail.com", "password": PASSWORD},
        {"username": "ann"},
        {"username": "ann", "password": ""},
        {"username": "ann", "password": "p" * 129},
        {"username": "a\x00", "password": PASSWORD},
        {"username": "ann", "password": PASSWORD, "remember": True},
    ],
)
def test_a_sign_in_that_is_no_sign_in_is_not_valid(client: Client, body: dict[str, Any]) -> None:
    assert client("POST", "/v1/users/login", body).faults()


def test_a_password_is_taken_as_typed_with_the_spaces_around_it(
    register: Register, login: Login
) -> None:
    register(password="  padded  ")
    login("ann", "padded").problem(401, "invalid-credentials")
    assert login("ann", "  padded  ").status == 200


def test_a_sign_in_is_written_down(register: Register, login: Login) -> None:
    assert register()["user"]["lastLoginAt"] is None
    assert login().body["user"]["lastLoginAt"].endswith("Z")


def test_every_refusal_has_the_same_words(
    client: Client, register: Register, login: Login, admin_token: str
) -> None:
    register("ann")
    suspended = register("bob")["user"]["id"]
    gone = register("cid")["user"]["id"]
    path = f"/v1/users/{suspended}/status"
    client("PATCH", path, {"status": "SUSPENDED"}, token=admin_token)
    client("DELETE", f"/v1/users/{gone}", token=admin_token)
    refusals = [
        login("ann", "not the password"),
        login("nobody"),
        login("nobody@mail.com"),
        login("bob"),
        login("cid"),
        login("cid@mail.com"),
    ]
    for refusal in refusals:
        refusal.problem(401, "invalid-credentials")
        assert refusal.headers["WWW-Authenticate"] == 'Bearer realm="boxoffice"'
    assert len({str(refusal.body) for refusal in refusals}) == 1


@pytest.mark.parametrize("status", ["INACTIVE", "SUSPENDED"])
def test_only_an_active_user_signs_in(
    client: Client, register: Register, login: Login, admin_token: str, status: str
) -> None:
    path = f"/v1/users/{register()['user']['id']}/status"
    client("PATCH", path, {"status": status}, token=admin_token)
    login().problem(401, "invalid-credentials")
    client("PATCH", path, {"status": "ACTIVE"}, token=admin_token)
    assert login().status == 200


@pytest.mark.parametrize("name", ["ann", "nobody", "bob"])
def test_every_sign_in_costs_one_hashing(
    client: Client,
    register: Register,
    login: Login,
    admin_token: str,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    register("ann")
    suspended = register("bob")["user"]["id"]
    path = f"/v1/users/{suspended}/status"
    client("PATCH", path, {"status": "SUSPENDED"}, token=admin_token)
    hashed = _counted_hashing(monkeypatch)
    login(name, "not the password")
    assert len(hashed) == 1


def test_a_hash_of_old_parameters_is_replaced_at_the_next_sign_in(
    register: Register, login: Login, engine: Engine
) -> None:
    register()
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    _store_hash(engine, weak)
    login("ann", "not the password").problem(401, "invalid-credentials")
    assert _stored_hash(engine) == weak
    assert login().status == 200
    assert _stored_hash(engine).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert login().status == 200


def test_a_hash_of_today_is_kept(register: Register, login: Login, engine: Engine) -> None:
    register()
    stored = _stored_hash(engine)
    login()
    assert _stored_hash(engine) == stored


def test_a_suspension_between_the_two_looks_still_refuses(
    users_api: ModuleType,
    register: Register,
    login: Login,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    register()

    def suspend_meanwhile(stored_hash: str | None, password: str) -> bool:
        with engine.begin() as connection:
            connection.execute(text("UPDATE users SET status = 'SUSPENDED'"))
        return True

    monkeypatch.setattr(passwords, "is_right", suspend_meanwhile)
    login().problem(401, "invalid-credentials")


def test_sign_ins_are_counted_by_outcome(
    register: Register, login: Login, capsys: pytest.CaptureFixture[str]
) -> None:
    register()
    capsys.readouterr()
    login()
    login("ann", "not the password")
    lines = capsys.readouterr().out.splitlines()
    counted = [line for line in lines if '"user_logins_total":' in line]
    assert len(counted) == 2
    assert '"outcome":"success"' in counted[0]
    assert '"outcome":"failure"' in counted[1]


def test_no_password_reaches_the_log(
    client: Client, register: Register, login: Login, capsys: pytest.CaptureFixture[str]
) -> None:
    register()
    login("ann", "canary-password")
    client("POST", "/v1/users/login", {"username": "ann", "password": "canary-password" * 20})
    printed = capsys.readouterr()
    assert "canary" not in printed.out + printed.err


def _counted_hashing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    verified: list[str] = []
    hasher = passwords._HASHER

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            verified.append(stored)
            return hasher.verify(stored, password)

        check_needs_rehash = staticmethod(hasher.check_needs_rehash)

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    return verified


def _store_hash(engine: Engine, stored: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE users SET password_hash = :hash"), {"hash": stored})


def _stored_hash(engine: Engine) -> str:
    with engine.begin() as connection:
        query = "SELECT password_hash FROM users WHERE username = 'ann'"
        return str(connection.execute(text(query)).scalar_one())
