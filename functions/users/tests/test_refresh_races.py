"""However many come at once with tokens of a session, what is left is one live token or none."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import UTC, datetime
from threading import Barrier
from types import ModuleType
from typing import Any

import pytest
from embedded.databases import Database
from sqlalchemy import Engine, make_url, text

from functions.shared.postgres import create_pool
from functions.users import administration, sessions
from functions.users.domain import (
    LOST_ANSWER_PERIOD,
    InvalidRefreshToken,
    UserStatus,
)
from functions.users.trail import OPERATOR

Register = Callable[..., dict[str, Any]]
THREADS = 16
USABLE = "SELECT count(*) FROM refresh_tokens WHERE used_at IS NULL AND revoked_at IS NULL"


@pytest.fixture
def engines(users_database: Database, engine: Engine) -> Iterator[list[Engine]]:
    """A pool for each of several functions at once."""
    made = [create_pool(make_url(users_database.url)) for _ in range(THREADS)]
    yield made
    for pool in made:
        pool.dispose()


def test_of_many_refreshes_at_once_one_token_is_left(
    users_api: ModuleType, register: Register, engines: list[Engine], engine: Engine
) -> None:
    for attempt in range(3):
        first = register(f"user{attempt}")["refreshToken"]
        start = Barrier(THREADS)

        def use(pool: Engine, first: str = first, start: Barrier = start) -> str:
            start.wait()
            now = datetime.now(UTC)
            return sessions.refresh(pool, users_api.signer, first, now).refresh_token

        with ThreadPoolExecutor(THREADS) as threads:
            given = list(threads.map(use, engines))
        assert len(set(given)) == THREADS
        with engine.begin() as connection:
            live = connection.execute(text(f"{USABLE} AND user_id = {attempt + 1}")).scalar_one()
        assert live == 1


def test_of_many_reuses_at_once_none_goes_on(
    users_api: ModuleType, register: Register, engines: list[Engine], engine: Engine
) -> None:
    """One thief and one customer, each several times, with tokens of one family."""
    first = register()["refreshToken"]
    second = sessions.refresh(engine, users_api.signer, first, datetime.now(UTC)).refresh_token
    later = datetime.now(UTC) + LOST_ANSWER_PERIOD
    third = sessions.refresh(engine, users_api.signer, second, later).refresh_token
    start = Barrier(THREADS)

    def use(pool: Engine, token: str) -> None:
        start.wait()
        with suppress(InvalidRefreshToken):
            sessions.refresh(pool, users_api.signer, token, later + LOST_ANSWER_PERIOD)

    with ThreadPoolExecutor(THREADS) as threads:
        for done in [
            threads.submit(use, pool, (first, second, third)[turn % 3])
            for turn, pool in enumerate(engines)
        ]:
            done.result()
    with engine.begin() as connection:
        assert connection.execute(text(USABLE)).scalar_one() == 0


def test_a_suspension_during_a_refresh_revokes_the_token_that_comes_of_it(
    users_api: ModuleType, register: Register, engines: list[Engine], engine: Engine
) -> None:
    registered = register()

    class Interrupted:
        """Signs while a suspension is under way: the refresh is not committed yet."""

        def sign(self, *of: Any) -> str:
            suspension = threads.submit(
                administration.change_status,
                engines[1],
                1,
                UserStatus.SUSPENDED,
                OPERATOR,
                datetime.now(UTC),
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
            administration.change_status(
                engines[1], user_id, UserStatus.SUSPENDED, OPERATOR, datetime.now(UTC)
            )

        with ThreadPoolExecutor(2) as threads:
            for done in (threads.submit(go_on), threads.submit(suspend)):
                done.result()


def test_signing_out_during_a_refresh_revokes_what_comes_of_it(
    users_api: ModuleType, register: Register, engines: list[Engine], engine: Engine
) -> None:
    token = register()["refreshToken"]

    class Interrupted:
        def sign(self, *of: Any) -> str:
            leaving = threads.submit(sessions.sign_out, engines[1], 1, token, datetime.now(UTC))
            wait([leaving], timeout=0.5)
            done.append(leaving)
            return str(users_api.signer.sign(*of))

    done: list[Future[None]] = []
    signer: Any = Interrupted()
    with ThreadPoolExecutor(1) as threads:
        sessions.refresh(engines[0], signer, token, datetime.now(UTC))
    done[0].result()
    with engine.begin() as connection:
        assert connection.execute(text(USABLE)).scalar_one() == 0
