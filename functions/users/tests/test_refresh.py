"""A refresh token is good for one use, while its user may sign in; of several that come of it at
once only the last is good for anything, and one that comes back later ends the whole session.
"""

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
from time_machine import TimeMachineFixture

from functions.shared.postgres import create_pool
from functions.shared.tests.deployed import Answer, Client
from functions.users import administration, sessions
from functions.users.domain import (
    LOST_ANSWER_PERIOD,
    REFRESH_TOKEN_LIFETIME,
    InvalidRefreshToken,
    UserStatus,
)
from functions.users.trail import OPERATOR

Register = Callable[..., dict[str, Any]]
Refresh = Callable[[str], Answer]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
THREADS = 16
USABLE = "SELECT count(*) FROM refresh_tokens WHERE used_at IS NULL AND revoked_at IS NULL"


@pytest.fixture
def refresh(client: Client) -> Refresh:
    return lambda token: client("POST", "/v1/users/token/refresh", {"refreshToken": token})


@pytest.fixture
def engines(users_database: Database, engine: Engine) -> Iterator[list[Engine]]:
    """A pool for each of several functions at once."""
    made = [create_pool(make_url(users_database.url)) for _ in range(THREADS)]
    yield made
    for pool in made:
        pool.dispose()


def test_a_refresh_token_buys_a_new_pair(
    client: Client, register: Register, refresh: Refresh
) -> None:
    registered = register()
    answer = refresh(registered["refreshToken"])
    assert (answer.status, set(answer.body)) == (200, set(registered))
    assert answer.body["refreshToken"] != registered["refreshToken"]
    assert answer.body["token"] != registered["token"]
    me = client("GET", "/v1/users/me", token=answer.body["token"])
    assert me.body == answer.body["user"]


def test_a_used_refresh_token_ends_the_session_of_whoever_holds_its_successor(
    register: Register, refresh: Refresh, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(NOON, tick=False)
    first = register()["refreshToken"]
    second = refresh(first).body["refreshToken"]
    time_machine.move_to(NOON + LOST_ANSWER_PERIOD + timedelta(milliseconds=1), tick=False)
    answer = refresh(first)
    answer.problem(401, "invalid-refresh-token")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="boxoffice"'
    refresh(second).problem(401, "invalid-refresh-token")


def test_a_reuse_ends_no_other_session(
    register: Register, refresh: Refresh, login: Callable[..., Answer]
) -> None:
    first, elsewhere = register()["refreshToken"], login().body["refreshToken"]
    second = refresh(first).body["refreshToken"]
    third = refresh(second).body["refreshToken"]
    refresh(first).problem(401, "invalid-refresh-token")
    refresh(third).problem(401, "invalid-refresh-token")
    assert refresh(elsewhere).status == 200


def test_a_lost_answer_is_given_again_and_what_was_lost_is_good_for_nothing(
    register: Register, refresh: Refresh, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(NOON, tick=False)
    first = register()["refreshToken"]
    lost = refresh(first).body["refreshToken"]
    time_machine.move_to(NOON + LOST_ANSWER_PERIOD, tick=False)
    again = refresh(first)
    assert again.status == 200
    assert refresh(again.body["refreshToken"]).status == 200
    refresh(lost).problem(401, "invalid-refresh-token")


def test_who_comes_with_what_was_lost_after_all_ends_the_session(
    register: Register, refresh: Refresh
) -> None:
    # Two hold tokens that both came of the first: one of them has stolen it.
    first = register()["refreshToken"]
    lost, kept = (refresh(first).body["refreshToken"] for _ in range(2))
    refresh(lost).problem(401, "invalid-refresh-token")
    refresh(kept).problem(401, "invalid-refresh-token")


def test_coming_again_and_again_makes_the_time_for_it_no_longer(
    register: Register, refresh: Refresh, time_machine: TimeMachineFixture
) -> None:
    first = register()["refreshToken"]
    time_machine.move_to(NOON, tick=False)
    statuses = []
    for seconds in (0, 6, 12):
        time_machine.move_to(NOON + timedelta(seconds=seconds), tick=False)
        statuses.append(refresh(first).status)
    assert statuses == [200, 200, 401]


def test_an_answer_whose_token_was_used_was_not_lost(register: Register, refresh: Refresh) -> None:
    first = register()["refreshToken"]
    second = refresh(first).body["refreshToken"]
    assert refresh(second).status == 200
    refresh(first).problem(401, "invalid-refresh-token")


@pytest.mark.parametrize("token", ["never issued", "x" * 200])
def test_an_unknown_refresh_token_is_refused(refresh: Refresh, token: str) -> None:
    refresh(token).problem(401, "invalid-refresh-token")


@pytest.mark.parametrize("token", ["", "x" * 201])
def test_a_refresh_token_has_a_length(refresh: Refresh, token: str) -> None:
    assert refresh(token).faults() == {"/refreshToken"}


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
    refresh: Refresh,
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


@pytest.mark.parametrize("status", ["INACTIVE", "SUSPENDED"])
def test_who_may_not_sign_in_may_not_go_on_either(
    client: Client,
    register: Register,
    refresh: Refresh,
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
    register: Register, refresh: Refresh, engine: Engine
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


def test_a_changed_role_ends_every_session(
    client: Client, register: Register, refresh: Refresh, admin_token: str
) -> None:
    registered = register()
    path = f"/v1/users/{registered['user']['id']}/role"
    client("PATCH", path, {"role": "EVENT_ORGANIZER"}, token=admin_token)
    refresh(registered["refreshToken"]).problem(401, "invalid-refresh-token")


def test_signing_out_ends_the_session_even_by_a_token_used_before(
    client: Client, register: Register, refresh: Refresh
) -> None:
    session = register()
    successor = refresh(session["refreshToken"]).body["refreshToken"]
    body = {"refreshToken": session["refreshToken"]}
    assert client("POST", "/v1/users/logout", body, token=session["token"]).status == 204
    refresh(successor).problem(401, "invalid-refresh-token")


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


def test_signing_out_ends_the_refresh_token(
    client: Client, register: Register, refresh: Refresh
) -> None:
    session = register()
    body = {"refreshToken": session["refreshToken"]}
    for _ in range(2):
        answer = client("POST", "/v1/users/logout", body, token=session["token"])
        assert (answer.status, answer.body) == (204, None)
    refresh(session["refreshToken"]).problem(401, "invalid-refresh-token")


def test_nobody_signs_somebody_else_out(
    client: Client, register: Register, refresh: Refresh
) -> None:
    ann, bob = register("ann"), register("bob")
    body = {"refreshToken": ann["refreshToken"]}
    assert client("POST", "/v1/users/logout", body, token=bob["token"]).status == 204
    assert refresh(ann["refreshToken"]).status == 200
