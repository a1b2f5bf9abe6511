"""One administrator is always left, however they go about it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest
from embedded.databases import Database
from sqlalchemy import Engine, make_url, text

from functions.shared.postgres import create_pool
from functions.shared.tests.deployed import Client
from functions.shared.tokens import Principal, Role
from functions.users import accounts, administration
from functions.users.domain import LastAdministrator, UserStatus
from functions.users.trail import OPERATOR

Register = Callable[..., dict[str, Any]]
THREADS = 6
WAYS: list[tuple[str, str, Any]] = [
    ("PATCH", "/role", {"role": "CUSTOMER"}),
    ("PATCH", "/role", {"role": "EVENT_ORGANIZER"}),
    ("PATCH", "/status", {"status": "SUSPENDED"}),
    ("PATCH", "/status", {"status": "INACTIVE"}),
    ("DELETE", "", None),
]


@pytest.mark.parametrize(("method", "path", "body"), WAYS)
def test_the_last_administrator_stays_one(
    client: Client, admin_token: str, method: str, path: str, body: Any
) -> None:
    before = client("GET", "/v1/users/me", token=admin_token).body
    client(method, f"/v1/users/1{path}", body, token=admin_token).problem(409, "last-administrator")
    assert client("GET", "/v1/users/me", token=admin_token).body == before


@pytest.mark.parametrize(("method", "path", "body"), WAYS)
def test_one_who_may_not_sign_in_is_no_administrator_to_leave_it_to(
    client: Client, register: Register, admin_token: str, method: str, path: str, body: Any
) -> None:
    register()
    client("PATCH", "/v1/users/2/role", {"role": "ADMIN"}, token=admin_token)
    client("PATCH", "/v1/users/2/status", {"status": "SUSPENDED"}, token=admin_token)
    client(method, f"/v1/users/1{path}", body, token=admin_token).problem(409, "last-administrator")


@pytest.mark.parametrize(("method", "path", "body"), WAYS)
def test_one_of_two_administrators_may_go(
    client: Client, register: Register, admin_token: str, method: str, path: str, body: Any
) -> None:
    register()
    client("PATCH", "/v1/users/2/role", {"role": "ADMIN"}, token=admin_token)
    answer = client(method, f"/v1/users/1{path}", body, token=admin_token)
    assert answer.status in (200, 204)


def test_the_last_administrator_may_be_confirmed_in_it(client: Client, admin_token: str) -> None:
    for what, value in (("role", "ADMIN"), ("status", "ACTIVE")):
        answer = client("PATCH", f"/v1/users/1/{what}", {what: value}, token=admin_token)
        assert (answer.status, answer.body[what]) == (200, value)


@pytest.fixture
def engines(users_database: Database, engine: Engine) -> Iterator[list[Engine]]:
    made = [create_pool(make_url(users_database.url)) for _ in range(THREADS)]
    yield made
    for pool in made:
        pool.dispose()


def test_of_all_who_remove_each_other_at_once_one_is_left(
    register: Register, engines: list[Engine], engine: Engine
) -> None:
    for number in range(THREADS):
        register(f"admin{number}")

    def demote(pool: Engine, user_id: int, now: datetime) -> None:
        administration.change_role(pool, user_id, Role.CUSTOMER, OPERATOR, now)

    def suspend(pool: Engine, user_id: int, now: datetime) -> None:
        administration.change_status(pool, user_id, UserStatus.SUSPENDED, OPERATOR, now)

    def close(pool: Engine, user_id: int, now: datetime) -> None:
        caller = Principal(user_id, Role.ADMIN)
        accounts.close_account(pool, user_id, caller, OPERATOR, now)

    for ways in ((demote,), (demote, suspend), (suspend, demote, close)):
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE users SET role = 'ADMIN', status = 'ACTIVE' WHERE status <> 'DELETED'")
            )
            there = connection.execute(text("SELECT user_id FROM users ORDER BY 1")).scalars().all()
        start = Barrier(THREADS)

        def remove(
            number: int, ways: Any = ways, there: Any = there, start: Barrier = start
        ) -> bool:
            start.wait()
            way = ways[number % len(ways)]
            try:
                way(engines[number], there[number], datetime.now(UTC))
            except LastAdministrator:
                return False
            return True

        with ThreadPoolExecutor(THREADS) as threads:
            removed = list(threads.map(remove, range(THREADS)))
        assert removed.count(False) == 1
        with engine.begin() as connection:
            left = connection.execute(
                text("SELECT user_id FROM users WHERE role = 'ADMIN' AND status = 'ACTIVE'")
            ).scalars()
            assert list(left) == [there[removed.index(False)]]
