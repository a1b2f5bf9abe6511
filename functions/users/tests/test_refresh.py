"""A refresh token is good for one use, while its user may sign in; of several that come of it at
once only the last is good for anything, and one that comes back later ends the whole session.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine, text
from time_machine import TimeMachineFixture

from functions.shared.tests.deployed import Answer, Client
from functions.users import sessions
from functions.users.domain import (
    LOST_ANSWER_PERIOD,
    REFRESH_TOKEN_LIFETIME,
    InvalidRefreshToken,
)

Register = Callable[..., dict[str, Any]]
Refresh = Callable[[str], Answer]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def refresh(client: Client) -> Refresh:
    return lambda token: client("POST", "/v1/users/token/refresh", {"refreshToken": token})


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
