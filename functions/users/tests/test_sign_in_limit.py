"""Five wrong passwords for one name from one address, and no more is even hashed for a while."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier, Lock
from types import ModuleType
from typing import Any

import pytest
from embedded.config import free_port
from embedded.databases import Database
from sqlalchemy import Engine, make_url, text
from time_machine import TimeMachineFixture

from functions.shared.postgres import create_pool
from functions.shared.problems import ServiceUnavailable
from functions.shared.tests.deployed import Answer, Client, load
from functions.users import attempts, passwords, sessions
from functions.users.domain import InvalidCredentials, TooManyAttempts
from functions.users.tests.conftest import PASSWORD

Register = Callable[..., dict[str, Any]]
Login = Callable[..., Answer]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
THREADS = 16


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were hashed, to check or to keep them."""
    found: list[str] = []
    canonical, lock = passwords._canonical, Lock()

    def counting(password: str) -> str:
        with lock:
            found.append(password)
        return canonical(password)

    monkeypatch.setattr(passwords, "_canonical", counting)
    return found


@pytest.fixture
def engines(users_database: Database, engine: Engine) -> Iterator[list[Engine]]:
    made = [create_pool(make_url(users_database.url)) for _ in range(THREADS)]
    yield made
    for pool in made:
        pool.dispose()


def fail(login: Login, times: int, name: str = "ann") -> None:
    for _ in range(times):
        login(name, "not the password").problem(401, "invalid-credentials")


@pytest.mark.parametrize("name", ["ann", "nobody", "nobody@mail.com", "bob", "cid"])
def test_the_sixth_attempt_is_told_to_wait_and_hashes_nothing(
    client: Client,
    register: Register,
    login: Login,
    admin_token: str,
    hashed: list[str],
    name: str,
) -> None:
    """Whether the account is there, absent, suspended or deleted."""
    register("ann")
    for other, change in (("bob", "PATCH"), ("cid", "DELETE")):
        path = f"/v1/users/{register(other)['user']['id']}"
        if change == "PATCH":
            client("PATCH", f"{path}/status", {"status": "SUSPENDED"}, token=admin_token)
        else:
            client("DELETE", path, token=admin_token)
    hashed.clear()
    fail(login, 5, name)
    assert len(hashed) == 5
    for password in ("not the password", PASSWORD):
        answer = login(name, password)
        problem = answer.problem(429, "too-many-attempts")
        assert 890 <= problem["retryAfter"] <= 900
        assert answer.headers["Retry-After"] == str(problem["retryAfter"])
    assert len(hashed) == 5


def test_a_suspended_users_right_password_counts_as_a_wrong_one(
    client: Client, register: Register, login: Login, admin_token: str
) -> None:
    """Otherwise the sixth answer would tell that it was right."""
    path = f"/v1/users/{register()['user']['id']}/status"
    client("PATCH", path, {"status": "SUSPENDED"}, token=admin_token)
    for _ in range(5):
        login().problem(401, "invalid-credentials")
    login().problem(429, "too-many-attempts")


def test_a_name_is_the_same_however_it_is_spelt(register: Register, login: Login) -> None:
    register()
    fail(login, 4)
    fail(login, 1, " ANN ")
    login("Ann").problem(429, "too-many-attempts")


def test_a_failure_counts_for_15_minutes(
    register: Register, login: Login, time_machine: TimeMachineFixture
) -> None:
    register()
    for minute in range(5):
        time_machine.move_to(NOON + timedelta(minutes=minute), tick=False)
        fail(login, 1)
    refused = login().problem(429, "too-many-attempts")
    assert refused["retryAfter"] == 11 * 60
    time_machine.move_to(NOON + timedelta(minutes=15, seconds=-1), tick=False)
    assert login().problem(429, "too-many-attempts")["retryAfter"] == 1
    # The first is forgotten, and the others are not.
    time_machine.move_to(NOON + timedelta(minutes=15), tick=False)
    fail(login, 1)
    assert login().problem(429, "too-many-attempts")["retryAfter"] == 60
    time_machine.move_to(NOON + timedelta(minutes=16), tick=False)
    assert login().status == 200


def test_signing_in_forgets_the_failures(register: Register, login: Login) -> None:
    register()
    for _ in range(3):
        fail(login, 4)
        assert login().status == 200


def test_nobody_elsewhere_is_kept_out(client: Client, register: Register, login: Login) -> None:
    register("ann")
    register("bob")
    fail(login, 5)
    login().problem(429, "too-many-attempts")
    assert login("bob").status == 200
    assert login("ann@mail.com").status == 200
    elsewhere = {"X-Forwarded-For": "192.0.2.7"}
    body = {"username": "ann", "password": PASSWORD}
    # The gateway of these tests vouches for no header.
    client("POST", "/v1/users/login", body, headers=elsewhere).problem(429, "too-many-attempts")
    api = client.module
    session = sessions.sign_in(
        api.engine, api.signer, "ann", PASSWORD, "192.0.2.7", datetime.now(UTC)
    )
    assert session.user.username == "ann"


def test_a_subscribers_addresses_of_ipv6_count_as_one(users_api: ModuleType) -> None:
    one, other = (attempts.sign_in_key("ann", f"2001:db8::{end}") for end in ("1", "ffff:2"))
    assert one == other != attempts.sign_in_key("ann", "2001:db8:0:1::1")


def test_of_many_attempts_at_once_five_are_hashed(
    users_api: ModuleType, register: Register, engines: list[Engine], hashed: list[str]
) -> None:
    register()
    for name in ("ann", "nobody"):
        hashed.clear()
        start = Barrier(THREADS)

        def attempt(pool: Engine, name: str = name, start: Barrier = start) -> type[Exception]:
            start.wait()
            with pytest.raises((InvalidCredentials, TooManyAttempts)) as refused:
                sessions.sign_in(
                    pool, users_api.signer, name, "wrong", "192.0.2.7", datetime.now(UTC)
                )
            return refused.type

        with ThreadPoolExecutor(THREADS) as threads:
            refusals = list(threads.map(attempt, engines))
        assert (refusals.count(InvalidCredentials), len(hashed)) == (5, 5)


@pytest.mark.usefixtures("without_pauses")
def test_a_right_password_counts_as_no_failure_when_we_fail(
    environment: dict[str, str], register: Register, login: Login, engine: Engine
) -> None:
    register()
    nowhere = {"AWS_ENDPOINT_URL_KMS": f"http://127.0.0.1:{free_port()}"}
    without_kms = load("functions.users.api", environment | nowhere)
    for _ in range(6):
        with pytest.raises(ServiceUnavailable):
            sessions.sign_in(
                engine, without_kms.signer, "ann", PASSWORD, "127.0.0.1", datetime.now(UTC)
            )
    without_kms.engine.dispose()
    assert login().status == 200


def test_what_was_typed_for_a_name_is_not_kept(login: Login, engine: Engine) -> None:
    fail(login, 1, "canary-password")
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT attempts::text FROM attempts")).scalars().all()
    assert len(rows) == 1
    assert "canary" not in bytes.fromhex(rows[0].split("x")[1].split(",")[0].strip('"')).decode(
        "latin-1"
    )


def test_a_password_longer_than_any_is_not_valid_and_counts_for_nothing(
    register: Register, login: Login, hashed: list[str]
) -> None:
    register()
    hashed.clear()
    for _ in range(6):
        assert login("ann", "p" * 129).faults() == {"/password"}
    assert hashed == []
    assert login().status == 200
