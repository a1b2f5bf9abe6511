"""What is over is deleted, and what is not is left."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine, text

from functions.shared.tests.deployed import Answer, Client
from functions.users import sweeping
from functions.users.sweeping import SWEPT, sweep

TABLES = [table.name for table in SWEPT]


@pytest.fixture
def rows(
    client: Client,
    register: Callable[..., dict[str, Any]],
    login: Callable[..., Answer],
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str], int]:
    """Two rows in each table; counts them."""
    for number in range(2):
        register(f"ann{number}")
        login(f"nobody{number}")
        with engine.begin() as connection:
            row = "INSERT INTO password_resets VALUES (:hash, :user, now() + interval '1 hour')"
            connection.execute(text(row), {"hash": bytes([number]), "user": number + 1})

    def count(table: str) -> int:
        with engine.begin() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())

    return count


def expire_one(engine: Engine, table: str) -> None:
    with engine.begin() as connection:
        [key] = next(each for each in SWEPT if each.name == table).primary_key.columns
        one = f"SELECT {key.name} FROM {table} LIMIT 1"
        expire = f"UPDATE {table} SET expires_at = now() WHERE {key.name} = ({one})"
        connection.execute(text(expire))


def test_every_table_whose_rows_expire_is_swept(engine: Engine) -> None:
    with engine.begin() as connection:
        query = "SELECT table_name FROM information_schema.columns WHERE column_name = 'expires_at'"
        assert set(connection.execute(text(query)).scalars()) == set(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_what_is_over_is_deleted_and_nothing_else(
    users_tasks: ModuleType, engine: Engine, rows: Callable[[str], int], table: str
) -> None:
    assert [rows(each) for each in TABLES] == [2, 2, 2]
    expire_one(engine, table)
    deleted = users_tasks.handler({"task": "sweep_expired"}, None)["deleted"]
    assert deleted == {each: int(each == table) for each in TABLES}
    assert [rows(each) for each in TABLES] == [1 if each == table else 2 for each in TABLES]


@pytest.mark.parametrize("off", [(), ("hashjoin", "mergejoin", "hashagg", "sort", "material")])
def test_a_turn_deletes_no_more_than_its_share(
    engine: Engine,
    rows: Callable[[str], int],
    monkeypatch: pytest.MonkeyPatch,
    off: tuple[str, ...],
) -> None:
    """However it is planned: a subquery may be run again for each row that it is compared with."""
    monkeypatch.setattr(sweeping, "MOST_ROWS", 1)
    late = datetime(2030, 1, 1, tzinfo=UTC)
    for left in (1, 0, 0):
        with engine.begin() as connection:
            for way in off:
                connection.execute(text(f"SET LOCAL enable_{way} = off"))
            sweep(connection, SWEPT[0], late)
        assert rows(SWEPT[0].name) == left


def test_what_is_in_use_is_left_for_the_next_turn(
    engine: Engine, rows: Callable[[str], int]
) -> None:
    late = datetime(2030, 1, 1, tzinfo=UTC)
    with engine.begin() as busy:
        busy.execute(text("SELECT * FROM refresh_tokens LIMIT 1 FOR UPDATE"))
        with engine.begin() as connection:
            assert sweep(connection, SWEPT[0], late) == 1
    assert rows("refresh_tokens") == 1
