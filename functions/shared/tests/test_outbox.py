"""What is committed is told at least once; what is not committed is never told."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Lock
from uuid import uuid4

import pytest
from embedded.postgres import Postgres
from sqlalchemy import Engine, MetaData, create_engine, func, select

from functions.shared.outbox import Message, append, drain, outbox_table
from functions.shared.postgres import create_pool, transaction

NOW = datetime(2026, 5, 1, tzinfo=UTC)
metadata = MetaData()
outbox = outbox_table(metadata)


@pytest.fixture
def engine(postgres: Postgres) -> Iterator[Engine]:
    database = postgres.ensure_database(f"outbox_{uuid4().hex[:8]}", "catalog")
    pool = create_engine(database.url)
    metadata.create_all(pool)
    yield pool
    pool.dispose()
    postgres.drop_database(database.name)


def write(engine: Engine, *kinds: str) -> None:
    with transaction(engine) as connection:
        for kind in kinds:
            append(connection, outbox, Message(kind, {"n": kind}), NOW)


def left(engine: Engine) -> int:
    with transaction(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(outbox)).scalar_one())


def test_messages_are_delivered_in_order_and_forgotten(engine: Engine) -> None:
    told: list[str] = []
    write(engine, "a", "b")
    assert drain(engine, outbox, lambda message: told.append(message.kind), NOW) == 2
    assert (told, left(engine)) == (["a", "b"], 0)


def test_a_rolled_back_message_is_never_told(engine: Engine) -> None:
    def roll_back() -> None:
        with transaction(engine) as connection:
            append(connection, outbox, Message("a", {}), NOW)
            raise KeyError

    with pytest.raises(KeyError):
        roll_back()
    assert drain(engine, outbox, lambda _: None, NOW) == 0


def test_a_failed_delivery_waits_longer_each_time_and_holds_nobody_up(engine: Engine) -> None:
    told: list[str] = []

    def deliver(message: Message) -> None:
        if message.kind == "bad" and len(told) < 2:
            told.append("failed")
            raise OSError("the bus is away")
        told.append(message.kind)

    write(engine, "bad", "good")
    assert drain(engine, outbox, deliver, NOW) == 1
    assert told == ["failed", "good"]
    assert drain(engine, outbox, deliver, NOW) == 0
    assert drain(engine, outbox, deliver, NOW + timedelta(seconds=1)) == 1
    assert (told, left(engine)) == (["failed", "good", "bad"], 0)


def test_two_relays_at_once_tell_each_message_once(engine: Engine) -> None:
    write(engine, *(str(number) for number in range(40)))
    told, lock = [], Lock()

    def deliver(message: Message) -> None:
        with lock:
            told.append(message.kind)

    pools = [create_pool(engine.url) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda pool: drain(pool, outbox, deliver, NOW), pools))
    for pool in pools:
        pool.dispose()
    assert sorted(told, key=int) == [str(number) for number in range(40)]
