"""Everything that a request causes goes back to it: each line of the log, and what is told."""

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from embedded.postgres import Postgres
from sqlalchemy import Engine, MetaData

from functions.shared import correlation
from functions.shared.api import Access, Api
from functions.shared.events import NO_REQUEST, DomainEvent, publish
from functions.shared.observability import logger
from functions.shared.outbox import Message, append, drain, outbox_table
from functions.shared.postgres import transaction
from functions.shared.problems import Conflict, Problem
from functions.shared.tasks import TaskInput, Tasks, call
from functions.shared.tests.gateway import FakeContext, request

NOW = datetime(2026, 5, 1, tzinfo=UTC)
metadata = MetaData()
outbox = outbox_table(metadata)


class Log(io.StringIO):
    """What our logger writes."""

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]

    def said(self, *names: str) -> list[tuple[Any, ...]]:
        return [tuple(line.get(name) for name in names) for line in self.lines]


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    handler: Any = logger.registered_handler
    before = handler.setStream(log)
    yield log
    handler.setStream(before)


class BusHere:
    """An event bus: the details that it was told."""

    def __init__(self) -> None:
        self.details: list[dict[str, Any]] = []

    def put_events(self, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803
        self.details += [json.loads(entry["Detail"]) for entry in Entries]
        return {"FailedEntryCount": 0, "Entries": Entries}


tasks = Tasks()
bus: Any = BusHere()


class Pay(TaskInput):
    order_id: str
    fails: str = ""


class CardEaten(Conflict):
    pass


@tasks.task
def pay(wish: Pay) -> dict[str, Any]:
    logger.info("paying")
    if wish.fails == "by name":
        raise CardEaten("It is gone.")
    if wish.fails:
        raise KeyError("a bug")
    detail = {"orderId": wish.order_id, "paymentId": "p-1", "amountCents": 1, "currency": "INR"}
    publish(bus, "bus", [DomainEvent("boxoffice.payments", "PaymentSucceeded", detail)])
    return {}


class FunctionsHere:
    """Lambda's Invoke, run in this process."""

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        answer = tasks.handler(json.loads(Payload), FakeContext())
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


functions: Any = FunctionsHere()
api = Api("shop", None)


@api.post("/v1/shop", Access.PUBLIC, raises=(CardEaten,))
def shop() -> None:
    """Pay for an order by asking another domain."""
    correlation.about(orderId="o-1")
    call(functions, "payments", "pay", {"orderId": "o-1"})


def ask(request_id: str = "request-1") -> dict[str, Any]:
    event = request("POST", "/v1/shop", headers={"X-Request-Id": request_id})
    return api.handler(event, FakeContext())


def test_a_request_a_task_that_it_asks_for_and_what_that_tells_have_one_id(log: Log) -> None:
    assert ask()["multiValueHeaders"]["X-Request-Id"] == ["request-1"]
    assert log.said("message", "correlation_id", "orderId", "task") == [
        ("paying", "request-1", "o-1", "pay"),
        ("told", "request-1", "o-1", None),
        ("task done", "request-1", "o-1", "pay"),
        ("request", "request-1", "o-1", None),
    ]
    assert bus.details.pop()["correlationId"] == "request-1"


def test_the_next_request_of_a_warm_worker_has_nothing_of_the_one_before(log: Log) -> None:
    ask("request-1")
    ask("request-2")
    api.handler(request("GET", "/v1/absent"), FakeContext())
    ids = [line["correlation_id"] for line in log.lines]
    assert ids[:8] == ["request-1"] * 4 + ["request-2"] * 4
    assert ids[8] not in ("request-1", "request-2")
    assert "orderId" not in log.lines[-1]
    assert correlation.current() is None


@pytest.mark.parametrize("fails", ["by name", "by a bug"])
def test_a_task_that_fails_says_so_under_the_id_that_it_was_asked_by(log: Log, fails: str) -> None:
    asked = {"task": "pay", "orderId": "o-1", "fails": fails, "correlationId": "request-1"}
    with pytest.raises((Problem, KeyError)):
        tasks.handler(asked, FakeContext())
    last = log.lines[-1]
    assert last["message"] == {"by name": "task refused", "by a bug": "task broke off"}[fails]
    assert (last["correlation_id"], last["orderId"]) == ("request-1", "o-1")
    assert last["milliseconds"] >= 0


def test_what_nobody_asked_for_goes_back_to_its_own_invocation(log: Log) -> None:
    context = FakeContext()
    tasks.handler({"task": "pay", "orderId": "o-1"}, context)
    tasks.handler({"task": "pay", "orderId": "o-1"}, None)
    first, second = {line["correlation_id"] for line in log.lines[:3]}, log.lines[-1]
    assert first == {context.aws_request_id}
    assert second["correlation_id"] not in first


def test_something_done_for_another_request_is_under_its_id_and_about_nothing_else(
    log: Log,
) -> None:
    with correlation.under("request-1", orderId="o-1"):
        with correlation.under("request-2", reservationId="r-2"):
            correlation.about(paymentId="p-2")
            logger.info("within")
        logger.info("after")
    assert log.said("correlation_id", "orderId", "reservationId", "paymentId") == [
        ("request-2", None, "r-2", "p-2"),
        ("request-1", "o-1", None, None),
    ]


def test_an_event_that_goes_back_to_another_request_is_told_under_that(log: Log) -> None:
    detail = {"eventId": 1, "seatIds": [1], "reason": "RELEASED"}
    with correlation.under("sweep"):
        freed = DomainEvent("boxoffice.seating", "SeatsFreed", detail, "request-1")
        by_none = freed._replace(correlation_id=NO_REQUEST)
        publish(bus, "bus", [freed, freed._replace(correlation_id=None), by_none])
    told = [bus.details.pop().get("correlationId") for _ in range(3)]
    assert told == [None, "sweep", "request-1"]
    # Its line is found by whoever tells it, even so.
    assert log.said("message", "event", "correlation_id") == [
        ("told", "SeatsFreed", "request-1"),
        ("told", "SeatsFreed", "sweep"),
        ("told", "SeatsFreed", "sweep"),
    ]


def test_threads_know_what_they_work_for(log: Log) -> None:
    def work(number: int) -> str | None:
        logger.info("working")
        return correlation.current()

    with ThreadPoolExecutor(2) as pool, correlation.under("request-1"):
        seen = list(pool.map(correlation.in_threads(work), range(8)))
        assert list(pool.map(lambda _: correlation.current(), range(8))) == [None] * 8
    assert seen == ["request-1"] * 8
    assert log.said("correlation_id") == [("request-1",)] * 8


@pytest.fixture
def engine(postgres: Postgres) -> Iterator[Engine]:
    database = postgres.ensure_database(f"outbox_{uuid4().hex[:8]}", "catalog")
    pool = database.engine()
    metadata.create_all(pool)
    yield pool
    pool.dispose()
    postgres.drop_database(database.name)


def test_a_message_is_delivered_under_the_request_that_wrote_it(engine: Engine, log: Log) -> None:
    for request_id in ("request-1", "request-2"):
        with correlation.under(request_id), transaction(engine) as connection:
            append(connection, outbox, Message("told", {"of": request_id}), NOW)
    delivered = []

    def deliver(message: Message) -> None:
        delivered.append((message.payload, correlation.current()))
        if message.payload["of"] == "request-2":
            raise OSError("the bus is away")

    with correlation.under("request-3"):
        drain(engine, outbox, deliver, NOW)
    # As it was written, to whoever receives it.
    assert delivered == [({"of": name}, name) for name in ("request-1", "request-2")]
    assert log.said("message", "correlation_id") == [("message not delivered", "request-2")]
