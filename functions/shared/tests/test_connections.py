"""A transaction costs its statements, a BEGIN and a COMMIT; and no dead connection is begun on."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from embedded.postgres import Postgres
from pg8000.core import CoreConnection
from sqlalchemy import Engine, create_engine, make_url, text

from functions.shared.postgres import create_pool, transaction
from functions.shared.problems import ServiceUnavailable

WHO = text("SELECT pg_backend_pid()")


@pytest.fixture
def engine(postgres: Postgres) -> Iterator[Engine]:
    database = postgres.ensure_database(f"connections_{uuid4().hex[:8]}", "catalog")
    pool = create_pool(make_url(database.url))
    yield pool
    pool.dispose()
    postgres.drop_database(database.name)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is sent to Postgres, by whichever connection."""
    sent: list[str] = []
    for name in ("execute_simple", "execute_unnamed"):
        execute = getattr(CoreConnection, name)

        def spy(  # type: ignore[no-untyped-def]
            connection, statement, *given, execute=execute, **named
        ):
            sent.append(statement)
            return execute(connection, statement, *given, **named)

        monkeypatch.setattr(CoreConnection, name, spy)
    return sent


def backend(engine: Engine) -> int:
    with transaction(engine) as connection:
        return int(connection.execute(WHO).scalar_one())


def end(engine: Engine, pid: int) -> None:
    """As a server does that goes down, with a connection of somebody else's."""
    other = create_engine(engine.url)
    with other.begin() as connection:
        ended = connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        assert ended.scalar_one()
    other.dispose()


def test_a_transaction_is_begun_said_and_committed_and_nothing_else(
    engine: Engine, said: list[str]
) -> None:
    backend(engine)
    said.clear()
    backend(engine)
    assert said == ["begin transaction", "SELECT pg_backend_pid()", "commit"]


def test_a_connection_that_died_since_is_replaced_before_anything_is_said(engine: Engine) -> None:
    first = backend(engine)
    end(engine, first)
    second = backend(engine)
    assert second != first
    assert backend(engine) == second


def test_one_that_dies_within_a_transaction_is_the_database_away_and_the_next_goes_on(
    engine: Engine,
) -> None:
    def die() -> None:
        with transaction(engine) as connection:
            end(engine, int(connection.execute(WHO).scalar_one()))
            connection.execute(WHO)

    for _ in range(3):
        with pytest.raises(ServiceUnavailable):
            die()
        assert backend(engine)
