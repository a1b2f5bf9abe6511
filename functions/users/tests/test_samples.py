"""Every sample in `events/users/` is what its handler takes."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine

from functions.shared.tests.gateway import FakeContext

SAMPLES = Path(__file__).parents[3] / "events" / "users"
ANSWERS: dict[str, Any] = {
    "ensure_administrator": {"userId": 1, "created": True},
    "relay_outbox": {"settled": 0},
    "sweep_expired": {"deleted": {"refresh_tokens": 0, "attempts": 0, "password_resets": 0}},
}
TASKS = set(ANSWERS)


def sample(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text())
    return content


def test_there_is_a_sample_for_the_api_and_each_task(
    users_tasks: ModuleType, mailer: ModuleType
) -> None:
    assert set(users_tasks.tasks.names) == TASKS
    assert mailer.tasks.names == ["send_mail"]
    assert {path.stem for path in SAMPLES.iterdir()} == TASKS | {"api", "send_mail"}


def test_the_api_takes_its_sample(users_api: ModuleType, engine: Engine) -> None:
    answer = users_api.handler(sample("api"), FakeContext())
    assert answer["statusCode"] == 201
    assert json.loads(answer["body"])["user"]["username"] == "ann"
    assert answer["multiValueHeaders"]["X-Request-Id"] == ["sample-1"]


@pytest.mark.parametrize("name", sorted(TASKS))
def test_each_task_takes_its_sample(users_tasks: ModuleType, engine: Engine, name: str) -> None:
    assert users_tasks.handler(sample(name), FakeContext()) == ANSWERS[name]


def test_the_administrator_of_the_sample_signs_in(
    users_tasks: ModuleType, engine: Engine, login: Callable[..., Any]
) -> None:
    given = sample("ensure_administrator")
    users_tasks.handler(given, FakeContext())
    assert login("admin", given["password"]).status == 200


def test_the_mailer_takes_its_sample(mailer: ModuleType) -> None:
    assert set(mailer.handler(sample("send_mail"), FakeContext())) == {"messageId"}
