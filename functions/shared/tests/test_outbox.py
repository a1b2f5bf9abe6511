"""What is committed is told at least once; what is not committed is never told."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Lock
from uuid import uuid4

import pytest
from embedded.postgres import Postgres
from sqlalchemy import Engine, MetaData, event, func, select

from functions.shared.outbox import Message, append, drain, outbox_table
from functions.shared.postgres import create_pool, transaction

NOW = datetime(2026, 5, 1, tzinfo=UTC)
metadata = MetaData()
outbox = outbox_table(metadata)


@pytest.fixture
def engine(postgres: Postgres) -> Iterator[Engine]:
    database = postgres.ensure_database(f"outbox_{uuid4().hex[:8]}", "catalog")
    pool = database.engine()
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


def test_what_is_delivered_together_is_one_transaction_and_looked_for_once(engine: Engine) -> None:
    told: list[str] = []
    began: list[object] = []
    event.listen(engine, "begin", lambda connection: began.append(connection))
    write(engine, "a", "b", "c")
    began.clear()
    assert drain(engine, outbox, lambda message: told.append(message.kind), NOW, together=4) == 3
    assert (told, len(began)) == (["a", "b", "c"], 1)
    write(engine, "d", "e", "f")
    began.clear()
    assert drain(engine, outbox, lambda message: told.append(message.kind), NOW, together=2) == 3
    assert (told[3:], len(began), left(engine)) == (["d", "e", "f"], 2, 0)


def test_one_that_fails_among_others_is_the_only_one_put_off(engine: Engine) -> None:
    told: list[str] = []

    def deliver(message: Message) -> None:
        if message.kind == "bad":
            raise OSError("the bus is away")
        told.append(message.kind)

    write(engine, "a", "bad", "b")
    assert drain(engine, outbox, deliver, NOW, together=4) == 2
    assert (told, left(engine)) == (["a", "b"], 1)


def test_nothing_is_begun_when_patience_has_ended_and_what_was_told_stays_told(
    engine: Engine,
) -> None:
    told: list[str] = []

    def slowly(message: Message) -> None:
        told.append(message.kind)
        time.sleep(0.05)

    write(engine, "a", "b", "c")
    assert drain(engine, outbox, slowly, NOW, patience_seconds=0.04, together=4) == 1
    assert (told, left(engine)) == (["a"], 2)
    assert drain(engine, outbox, slowly, NOW, together=4) == 2
    assert told == ["a", "b", "c"]
