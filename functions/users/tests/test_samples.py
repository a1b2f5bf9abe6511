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
TASKS = {"ensure_administrator"}


def sample(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text())
    return content


def test_there_is_a_sample_for_the_api_and_each_task(users_tasks: ModuleType) -> None:
    assert set(users_tasks.tasks.names) == TASKS
    assert {path.stem for path in SAMPLES.iterdir()} == TASKS | {"api"}


def test_the_api_takes_its_sample(users_api: ModuleType, engine: Engine) -> None:
    answer = users_api.handler(sample("api"), FakeContext())
    assert answer["statusCode"] == 201
    assert json.loads(answer["body"])["user"]["username"] == "ann"
    assert answer["multiValueHeaders"]["X-Request-Id"] == ["sample-1"]


@pytest.mark.parametrize("name", sorted(TASKS))
def test_each_task_takes_its_sample(
    users_tasks: ModuleType, engine: Engine, name: str, login: Callable[..., Any]
) -> None:
    answer = users_tasks.handler(sample(name), FakeContext())
    assert answer == {"userId": 1, "created": True}
    assert login("admin", sample(name)["password"]).status == 200
