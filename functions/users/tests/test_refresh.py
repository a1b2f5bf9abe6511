"""A refresh token is good for one use, by one of however many try, while its user may sign in."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier
from types import ModuleType
from typing import Any

import pytest
from embedded.postgres import Database
from sqlalchemy import Engine, make_url, text

from functions.shared.postgres import create_pool
from functions.shared.tests.deployed import Answer, Client
from functions.users import accounts, sessions
from functions.users.domain import REFRESH_TOKEN_LIFETIME, InvalidRefreshToken, UserStatus

Register = Callable[..., dict[str, Any]]
THREADS = 8
USABLE = "SELECT count(*) FROM refresh_tokens WHERE used_at IS NULL AND revoked_at IS NULL"


@pytest.fixture
def refresh(client: Client) -> Callable[[str], Answer]:
    return lambda token: client("POST", "/v1/users/token/refresh", {"refreshToken": token})


@pytest.fixture
def engines(users_database: Database, engine: Engine) -> Iterator[list[Engine]]:
    """A pool for each of several functions at once."""
    made = [create_pool(make_url(users_database.url)) for _ in range(THREADS)]
    yield made
    for pool in made:
        pool.dispose()


def test_a_refresh_token_buys_a_new_pair(
    client: Client, register: Register, refresh: Callable[[str], Answer]
) -> None:
    registered = register()
    answer = refresh(registered["refreshToken"])
    assert (answer.status, set(answer.body)) == (200, set(registered))
    assert answer.body["refreshToken"] != registered["refreshToken"]
    assert answer.body["token"] != registered["token"]
    me = client("GET", "/v1/users/me", token=answer.body["token"])
    assert me.body == answer.body["user"]


def test_a_used_refresh_token_is_refused(
    register: Register, refresh: Callable[[str], Answer]
) -> None:
    first = register()["refreshToken"]
    second = refresh(first).body["refreshToken"]
    answer = refresh(first)
    answer.problem(401, "invalid-refresh-token")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="boxoffice"'
    assert refresh(second).status == 200


@pytest.mark.parametrize("token", ["never issued", "x" * 200])
def test_an_unknown_refresh_token_is_refused(refresh: Callable[[str], Answer], token: str) -> None:
    refresh(token).problem(401, "invalid-refresh-token")


@pytest.mark.parametrize("token", ["", "x" * 201])
def test_a_refresh_token_has_a_length(refresh: Callable[[str], Answer], token: str) -> None:
    assert refresh(token).faults() == {"/refreshToken"}


def test_of_refreshes_at_once_one_wins(
    users_api: ModuleType, register: Register, engines: list[Engine]
) -> None:
    for attempt in range(5):
        token = register(f"user{attempt}")["refreshToken"]
        start = Barrier(THREADS)

        def use(pool: Engine, token: str = token, start: Barrier = start) -> bool:
            start.wait()
            try:
                sessions.refresh(pool, users_api.signer, token, datetime.now(UTC))
            except InvalidRefreshToken:
                return False
            return True

        with ThreadPoolExecutor(THREADS) as threads:
            assert sum(threads.map(use, engines)) == 1


def test_a_refresh_token_runs_out(
    users_api: ModuleType, register: Register, engine: Engine
) -> None:
    token = register()["refreshToken"]
    late = datetime.now(UTC) + REFRESH_TOKEN_LIFETIME
    with pytest.raises(InvalidRefreshToken):
        sessions.refresh(engine, users_api.signer, token, late)
    in_time = late - timedelta(minutes=1)
    assert sessions.refresh(engine, users_api.signer, token, in_time).user.username == "ann"


def test_refreshing_stays_in_the_family_and_signing_in_starts_one(
    register: Register,
    refresh: Callable[[str], Answer],
    login: Callable[..., Answer],
    engine: Engine,
) -> None:
    refresh(register()["refreshToken"])
    login()
    with engine.begin() as connection:
        query = "SELECT family_id FROM refresh_tokens ORDER BY issued_at"
        families = connection.execute(text(query)).scalars().all()
    assert families[0] == families[1]
    assert families[2] != families[0]


def test_expired_tokens_are_swept_up_when_a_new_one_is_issued(
    register: Register, login: Callable[..., Answer], engine: Engine
) -> None:
    register()
    with engine.begin() as connection:
        connection.execute(text("UPDATE refresh_tokens SET expires_at = now()"))
    login()
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM refresh_tokens")).scalar_one() == 1


@pytest.mark.parametrize("status", ["INACTIVE", "SUSPENDED"])
def test_who_may_not_sign_in_may_not_go_on_either(
    client: Client,
    register: Register,
    refresh: Callable[[str], Answer],
    admin_token: str,
    status: str,
) -> None:
    registered = register()
    path = f"/v1/users/{registered['user']['id']}/status"
    client("PATCH", path, {"status": status}, token=admin_token)
    refresh(registered["refreshToken"]).problem(401, "invalid-refresh-token")
    client("PATCH", path, {"status": "ACTIVE"}, token=admin_token)
    refresh(registered["refreshToken"]).problem(401, "invalid-refresh-token")


def test_the_status_itself_is_looked_at_too(
    register: Register, refresh: Callable[[str], Answer], engine: Engine
) -> None:
    token = register()["refreshToken"]
    with engine.begin() as connection:
        connection.execute(text("UPDATE users SET status = 'SUSPENDED'"))
    refresh(token).problem(401, "invalid-refresh-token")


def test_a_suspension_during_a_refresh_revokes_the_token_that_comes_of_it(
    users_api: ModuleType, register: Register, engines: list[Engine], engine: Engine
) -> None:
    registered = register()

    class Interrupted:
        """Signs while a suspension is under way: the refresh is not committed yet."""

        def sign(self, *of: Any) -> str:
            suspension = threads.submit(
                accounts.change_status, engines[1], 1, UserStatus.SUSPENDED, datetime.now(UTC)
            )
            wait([suspension], timeout=0.5)
            suspensions.append(suspension)
            return str(users_api.signer.sign(*of))

    suspensions: list[Future[Any]] = []
    signer: Any = Interrupted()
    with ThreadPoolExecutor(1) as threads:
        sessions.refresh(engines[0], signer, registered["refreshToken"], datetime.now(UTC))
    assert suspensions[0].result().status is UserStatus.SUSPENDED
    with engine.begin() as connection:
        assert connection.execute(text(USABLE)).scalar_one() == 0


def test_a_refresh_and_a_suspension_never_wait_for_each_other(
    users_api: ModuleType, register: Register, engines: list[Engine]
) -> None:
    for attempt in range(10):
        registered = register(f"user{attempt}")
        user_id, token = registered["user"]["id"], registered["refreshToken"]
        start = Barrier(2)

        def go_on(token: str = token, start: Barrier = start) -> None:
            start.wait()
            with suppress(InvalidRefreshToken):
                sessions.refresh(engines[0], users_api.signer, token, datetime.now(UTC))

        def suspend(user_id: int = user_id, start: Barrier = start) -> None:
            start.wait()
            accounts.change_status(engines[1], user_id, UserStatus.SUSPENDED, datetime.now(UTC))

        with ThreadPoolExecutor(2) as threads:
            for done in (threads.submit(go_on), threads.submit(suspend)):
                done.result()


def test_signing_out_ends_the_refresh_token(
    client: Client, register: Register, refresh: Callable[[str], Answer]
) -> None:
    session = register()
    body = {"refreshToken": session["refreshToken"]}
    for _ in range(2):
        answer = client("POST", "/v1/users/logout", body, token=session["token"])
        assert (answer.status, answer.body) == (204, None)
    refresh(session["refreshToken"]).problem(401, "invalid-refresh-token")


def test_nobody_signs_somebody_else_out(
    client: Client, register: Register, refresh: Callable[[str], Answer]
) -> None:
    ann, bob = register("ann"), register("bob")
    body = {"refreshToken": ann["refreshToken"]}
    assert client("POST", "/v1/users/logout", body, token=bob["token"]).status == 204
    assert refresh(ann["refreshToken"]).status == 200
