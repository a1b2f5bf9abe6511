"""Messages of one stream are told in the order in which they were written, whatever breaks."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import groupby
from threading import Event, Lock
from uuid import uuid4

import pytest
from embedded.databases import PLAINLY
from embedded.postgres import Postgres
from sqlalchemy import Engine, MetaData, create_engine, func, select, text

from functions.shared.outbox import Message, append, drain, outbox_table
from functions.shared.postgres import transaction
from functions.shared.problems import ServiceUnavailable

NOW = datetime(2026, 5, 1, tzinfo=UTC)
DRAINERS = 16
STREAMS = 12
EACH = 15
WRITERS = 4
MOST_TOGETHER = 4
metadata = MetaData()
outbox = outbox_table(metadata)


@pytest.fixture
def engine(postgres: Postgres) -> Iterator[Engine]:
    database = postgres.ensure_database(f"streams_{uuid4().hex[:8]}", "payments")
    pool = database.engine(pool_size=20, max_overflow=20)
    metadata.create_all(pool)
    yield pool
    pool.dispose()
    postgres.drop_database(database.name)


def write(engine: Engine, stream: str | None, kind: str, now: datetime = NOW) -> None:
    with transaction(engine) as connection:
        append(connection, outbox, Message(kind, {}, stream), now)


def left(engine: Engine) -> int:
    with transaction(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(outbox)).scalar_one())


class Bus:
    """Hears kinds; refuses those in `refused`."""

    def __init__(self, *refused: str) -> None:
        self.heard: list[str] = []
        self.refused = set(refused)

    def __call__(self, message: Message) -> None:
        if message.kind in self.refused:
            raise OSError("the bus is away")
        self.heard.append(message.kind)


def test_a_message_waits_while_an_older_one_of_its_stream_was_refused(engine: Engine) -> None:
    bus = Bus("succeeded")
    for stream, kind in [
        ("p-1", "succeeded"),
        ("p-1", "refunded"),
        ("p-2", "voided"),
        (None, "x"),
    ]:
        write(engine, stream, kind)
    assert drain(engine, outbox, bus, NOW) == 2
    # What belongs to no stream goes first.
    assert bus.heard == ["x", "voided"]
    bus.refused.clear()
    # Its time has not come again, and the one behind it may not pass.
    assert drain(engine, outbox, bus, NOW) == 0
    assert drain(engine, outbox, bus, NOW + timedelta(seconds=1)) == 2
    assert (bus.heard, left(engine)) == (["x", "voided", "succeeded", "refunded"], 0)


@pytest.mark.parametrize("together", [1, MOST_TOGETHER])
def test_a_message_waits_while_an_older_one_of_its_stream_is_being_delivered(
    engine: Engine, together: int
) -> None:
    begun, may_end, heard = Event(), Event(), []

    def slowly(message: Message) -> None:
        if message.kind == "first":
            begun.set()
            assert may_end.wait(10)
        heard.append(message.kind)

    write(engine, "p-1", "first")
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(drain, engine, outbox, slowly, NOW, together=together)
        assert begun.wait(10)
        later = NOW + timedelta(seconds=1)
        write(engine, "p-1", "second", later)
        write(engine, "p-2", "other", later)
        assert drain(engine, outbox, slowly, later) == 1
        assert heard == ["other"]
        may_end.set()
        # Nobody else will come for the second one before the next relay.
        assert slow.result() == 2
    assert (heard, left(engine)) == (["other", "first", "second"], 0)


def test_a_stream_that_is_stuck_holds_up_no_other(engine: Engine) -> None:
    bus = Bus("stuck")
    write(engine, "p-0", "stuck")
    for number in range(50):
        write(engine, "p-0", "behind")
        write(engine, f"p-{1 + number % 5}", "free")
    for minute in range(5):
        drain(engine, outbox, bus, NOW + timedelta(minutes=minute))
    assert (bus.heard, left(engine)) == (["free"] * 50, 51)


class SharedBus:
    """What was told of each stream, by whomever."""

    def __init__(self) -> None:
        self.told: dict[str | None, list[int]] = defaultdict(list)
        self._one_at_a_time = Lock()

    def hear(self, message: Message) -> None:
        with self._one_at_a_time:
            self.told[message.stream].append(int(message.kind))


class Drainer:
    """Drains until told that all is written and nothing is left. A fifth of what it delivers is
    refused by the bus; after a tenth the database loses it before it can commit.
    """

    def __init__(self, engine: Engine, bus: SharedBus, name: str) -> None:
        self._engine = engine
        self._bus = bus
        self._name = name
        self._chance = random.Random(name)
        self._own = create_engine(engine.url, connect_args={**PLAINLY, "application_name": name})
        self._together = self._chance.randint(1, MOST_TOGETHER)
        self.killed = self.refused = 0

    def run(self, all_written: Event) -> None:
        now = NOW
        while not (all_written.is_set() and left(self._engine) == 0):
            now += timedelta(minutes=10)
            try:
                drain(self._own, outbox, self._deliver, now, together=self._together)
            except ServiceUnavailable:
                # Dead, as far as the database knows; its next life begins here.
                self._own.dispose()
        self._own.dispose()

    def _deliver(self, message: Message) -> None:
        fate = self._chance.random()
        if fate < 0.2:
            self.refused += 1
            raise OSError("the bus is away")
        self._bus.hear(message)
        if fate < 0.3:
            self.killed += 1
            self._die()

    def _die(self) -> None:
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :n"
        with self._engine.begin() as connection:
            connection.execute(text(query), {"n": self._name})


def test_order_is_kept_by_16_drainers_whose_bus_fails_and_who_die_between_delivery_and_commit(
    engine: Engine,
) -> None:
    seed = random.SystemRandom().getrandbits(32)
    bus, all_written = SharedBus(), Event()
    drainers = [Drainer(engine, bus, f"drainer-{number}-{seed}") for number in range(DRAINERS)]

    def write_some(first: int) -> None:
        for kind in range(EACH):
            for stream in range(first, STREAMS, WRITERS):
                write(engine, f"p-{stream}", str(kind))

    with ThreadPoolExecutor(DRAINERS + WRITERS) as threads:
        draining = [threads.submit(drainer.run, all_written) for drainer in drainers]
        try:
            _await(threads.submit(write_some, first) for first in range(WRITERS))
        finally:
            all_written.set()
        _await(draining)
    assert len(bus.told) == STREAMS
    for stream, kinds in bus.told.items():
        # What comes again comes before anything younger.
        assert [kind for kind, _ in groupby(kinds)] == list(range(EACH)), f"{stream}, seed {seed}"
    killed = sum(drainer.killed for drainer in drainers)
    repeats = sum(map(len, bus.told.values())) - STREAMS * EACH
    assert 0 < repeats <= MOST_TOGETHER * killed
    assert sum(drainer.refused for drainer in drainers) > 0


def _await(tasks: Iterable[Future[None]]) -> None:
    for task in list(tasks):
        task.result()
