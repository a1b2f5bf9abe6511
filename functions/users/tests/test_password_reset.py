"""A forgotten password: nobody learns who has an account, and each token buys one new password."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from embedded.databases import Database
from sqlalchemy import Engine, make_url, text
from time_machine import TimeMachineFixture

from functions.shared.postgres import create_pool
from functions.shared.tests.deployed import Answer, Client
from functions.users import password_resets, passwords, store
from functions.users.domain import InvalidResetToken
from functions.users.tests.conftest import PASSWORD, RESET_PAGE
from functions.users.tests.post import NEW, Post

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
THREADS = 8
Register = Callable[..., dict[str, Any]]
Login = Callable[..., Answer]


@pytest.fixture
def engines(users_database: Database, engine: Engine) -> Iterator[list[Engine]]:
    made = [create_pool(make_url(users_database.url)) for _ in range(THREADS)]
    yield made
    for pool in made:
        pool.dispose()


def test_a_mailed_token_buys_a_new_password(register: Register, login: Login, post: Post) -> None:
    register()
    answer = post.reset(post.mailed())
    assert (answer.status, answer.body) == (204, None)
    login("ann", PASSWORD).problem(401, "invalid-credentials")
    assert login("ann", NEW).status == 200
    [mail] = post.sent
    assert mail.to == "ann@mail.com"
    assert "30 minutes" in mail.text


def test_the_answer_is_the_same_for_nobody_and_so_is_what_is_written(
    client: Client, register: Register, post: Post, admin_token: str, engine: Engine
) -> None:
    register("ann")
    suspended = register("bob")["user"]["id"]
    path = f"/v1/users/{suspended}/status"
    client("PATCH", path, {"status": "SUSPENDED"}, token=admin_token)
    emails = ("ann@mail.com", "nobody@mail.com", "bob@mail.com")
    answers = [post.forgot(email) for email in emails]
    assert {(answer.status, str(answer.body)) for answer in answers} == {
        (202, "{'status': 'accepted'}")
    }
    with engine.begin() as connection:
        query = text("SELECT payload->>'email' FROM outbox ORDER BY message_id")
        assert connection.execute(query).scalars().all() == list(emails)
    assert len(post.relay()) == 1
    assert [mail.to for mail in post.sent] == ["ann@mail.com"]
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM outbox")).scalar_one() == 0


def test_asking_looks_no_account_up(
    register: Register, post: Post, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever were done for those who are known, and not for others, would take its time."""
    register()
    asked: list[str] = []
    monkeypatch.setattr(store, "find_credentials", lambda _connection, email: asked.append(email))
    assert post.forgot().status == 202
    assert asked == []
    password_resets.relay(engine, post._take, RESET_PAGE, datetime.now(UTC))
    assert asked == ["ann@mail.com"]


def test_a_token_is_good_once(register: Register, post: Post) -> None:
    register()
    token = post.mailed()
    assert post.reset(token).status == 204
    answer = post.reset(token, "another one again")
    answer.problem(422, "invalid-reset-token")
    assert [error["pointer"] for error in answer.body["errors"]] == ["/token"]


def test_of_many_resets_at_once_one_gets_it(
    register: Register, login: Login, post: Post, engines: list[Engine]
) -> None:
    register()
    token, start = post.mailed(), Barrier(THREADS)

    def reset(number: int) -> int | None:
        start.wait()
        try:
            password_resets.reset_password(
                engines[number],
                token,
                f"password {number}",
                "192.0.2.7",
                "request",
                datetime.now(UTC),
            )
        except InvalidResetToken:
            return None
        return number

    with ThreadPoolExecutor(THREADS) as threads:
        won = [number for number in threads.map(reset, range(THREADS)) if number is not None]
    assert len(won) == 1
    assert login("ann", f"password {won[0]}").status == 200


def test_a_token_is_good_for_30_minutes(
    register: Register, post: Post, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(NOON, tick=False)
    register()
    late, in_time = post.mailed(), post.mailed()
    time_machine.move_to(NOON + timedelta(minutes=30, seconds=-1), tick=False)
    assert post.reset(in_time).status == 204
    time_machine.move_to(NOON + timedelta(minutes=30), tick=False)
    post.reset(late).problem(422, "invalid-reset-token")


def test_a_token_just_over_is_refused_by_itself(
    register: Register, post: Post, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(NOON, tick=False)
    register()
    token = post.mailed()
    time_machine.move_to(NOON + timedelta(minutes=30), tick=False)
    post.reset(token).problem(422, "invalid-reset-token")


def test_a_new_password_ends_every_session_and_every_other_token(
    client: Client, register: Register, post: Post
) -> None:
    session = register()
    token, other = post.mailed(), post.mailed()
    assert post.reset(token).status == 204
    post.reset(other).problem(422, "invalid-reset-token")
    body = {"refreshToken": session["refreshToken"]}
    client("POST", "/v1/users/token/refresh", body).problem(401, "invalid-refresh-token")


def test_a_changed_password_ends_the_tokens_that_were_mailed(
    client: Client, register: Register, post: Post
) -> None:
    session, token = register(), post.mailed()
    body = {"currentPassword": PASSWORD, "newPassword": NEW}
    assert client("PUT", "/v1/users/me/password", body, token=session["token"]).status == 204
    post.reset(token).problem(422, "invalid-reset-token")


@pytest.mark.parametrize("gone", ["SUSPENDED", "DELETED"])
def test_who_may_not_sign_in_any_more_gets_no_new_password(
    client: Client, register: Register, post: Post, admin_token: str, gone: str
) -> None:
    path = f"/v1/users/{register()['user']['id']}"
    token = post.mailed()
    if gone == "DELETED":
        client("DELETE", path, token=admin_token)
    else:
        client("PATCH", f"{path}/status", {"status": gone}, token=admin_token)
    post.reset(token).problem(422, "invalid-reset-token")


def test_an_unknown_token_is_refused_before_anything_is_hashed(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(passwords, "_canonical", hashed.append)
    post.reset("never mailed").problem(422, "invalid-reset-token")
    assert post.reset("x", "short").faults() == {"/newPassword"}
    assert post.reset("x" * 201).faults() == {"/token"}
    assert hashed == []


def test_whoever_failed_too_often_signs_in_by_the_new_password(
    register: Register, login: Login, post: Post
) -> None:
    register()
    for _ in range(5):
        login("ann", "not the password")
    login().problem(429, "too-many-attempts")
    assert post.reset(post.mailed()).status == 204
    assert login("ann", NEW).status == 200


def test_a_mailbox_gets_three_mails_an_hour_and_the_answer_tells_nothing(
    register: Register, post: Post, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(NOON, tick=False)
    register()
    assert [post.forgot(email).status for email in ["ann@mail.com", "ANN@mail.com"] * 3] == [
        202
    ] * 6
    assert len(post.relay()) == 3
    time_machine.move_to(NOON + timedelta(hours=1), tick=False)
    assert len([post.mailed()]) == 1


def test_an_address_asks_ten_times_in_a_quarter_of_an_hour(post: Post) -> None:
    for number in range(10):
        assert post.forgot(f"nobody{number}@mail.com").status == 202
    answer = post.forgot("nobody10@mail.com")
    assert 890 <= answer.problem(429, "too-many-attempts")["retryAfter"] <= 900
    assert answer.headers["Retry-After"] == str(answer.body["retryAfter"])


def test_a_token_is_kept_hashed_and_no_log_knows_it(
    register: Register, post: Post, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    register()
    token = post.mailed()
    with engine.begin() as connection:
        row = connection.execute(text("SELECT password_resets::text FROM password_resets"))
        assert token not in row.scalar_one()
        bytes_kept = connection.execute(text("SELECT token_hash FROM password_resets")).scalar_one()
    assert bytes_kept == password_resets._hash(token)
    assert token.encode() not in bytes_kept
    post.reset(token)
    printed = capsys.readouterr()
    assert token not in printed.out + printed.err
    assert "ann@mail.com" not in printed.out + printed.err
