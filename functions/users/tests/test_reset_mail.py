"""The mail of a forgotten password: sent apart from the answer, sooner or later or given up."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine, text
from time_machine import TimeMachineFixture

from functions.shared.tests.deployed import Client
from functions.users import dispatch
from functions.users.domain import AddressUnusable
from functions.users.tests.post import Post

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
Register = Callable[..., dict[str, Any]]


def test_mail_goes_to_the_address_as_its_owner_spelt_it(register: Register, post: Post) -> None:
    register(email="Ann@mail.com")
    post.mailed("aNN@MAIL.com")
    assert [mail.to for mail in post.sent] == ["Ann@mail.com"]


def test_a_mail_that_could_not_be_sent_is_sent_later(
    register: Register, post: Post, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(NOON, tick=False)
    register()
    post.failures = [RuntimeError("SES is away")]
    post.forgot()
    assert post.relay() == []
    time_machine.move_to(NOON + timedelta(minutes=1), tick=False)
    [token] = post.relay()
    assert post.reset(token).status == 204


def test_what_could_not_be_mailed_for_half_an_hour_is_given_up(
    register: Register, post: Post, time_machine: TimeMachineFixture, engine: Engine
) -> None:
    time_machine.move_to(NOON, tick=False)
    register()
    post.forgot()
    time_machine.move_to(NOON + timedelta(minutes=30), tick=False)
    assert post.relay() == []
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM outbox")).scalar_one() == 0


def test_an_address_no_mail_can_reach_is_not_tried_again(
    register: Register, post: Post, engine: Engine
) -> None:
    register()
    post.failures = [AddressUnusable("no")]
    post.forgot()
    assert post.relay() == []
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM outbox")).scalar_one() == 0


def test_asking_is_answered_when_the_tasks_cannot_be_told(
    client: Client, register: Register, engine: Engine
) -> None:
    """The function `nobody` is not there; the outbox is relayed each minute anyway."""
    register()
    answer = client("POST", "/v1/users/password/forgot", {"email": "ann@mail.com"})
    assert answer.status == 202


def test_the_tasks_are_told_to_send_it_off_and_are_not_waited_for() -> None:
    told: list[dict[str, Any]] = []

    class Functions:
        def invoke(self, **call: Any) -> None:
            told.append(call)

    functions: Any = Functions()
    dispatch.send_off(functions, "users-tasks")
    assert told == [
        {
            "FunctionName": "users-tasks",
            "InvocationType": "Event",
            "Payload": b'{"task": "relay_outbox"}',
        }
    ]


def test_the_relay_of_the_tasks_calls_the_mailer(
    users_tasks: ModuleType,
    mailer: ModuleType,
    register: Register,
    post: Post,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[tuple[str, str, Any]] = []

    def call(_functions: Any, name: str, task: str, payload: Any) -> Any:
        called.append((name, task, payload))
        return mailer.handler({"task": task, **payload}, None)

    monkeypatch.setattr(users_tasks, "call", call)
    register()
    post.forgot()
    assert users_tasks.handler({"task": "relay_outbox"}, None) == {"settled": 1}
    [(name, task, payload)] = called
    assert (name, task, set(payload)) == ("nobody", "send_mail", {"to", "subject", "text"})
