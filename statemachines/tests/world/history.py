"""All that was ever said in a world, so that it can be said again: late, twice, and in disorder."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache, partial
from random import Random
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import boto3
import pytest
from sqlalchemy import select

from functions.payments.charging import record, resolve
from functions.payments.domain import Outcome
from functions.payments.providers.port import Answer
from functions.payments.store import attempts, tables
from functions.seating.tests.streaming import Tail
from functions.shared import aws
from functions.shared.tests.deployed import load
from statemachines.tests.world.executions import Execution, Status
from statemachines.tests.world.records import Record, deleted_by_ttl
from statemachines.tests.world.snapshot import differences, snapshot
from statemachines.tests.world.step_functions import TaskError, failed_event
from statemachines.tests.world.tables import ORDERS, SEATING
from statemachines.tests.world.world import World

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams.client import DynamoDBStreamsClient

_AGAIN: Final = "again-"
# Longer than any saga tries again.
_PAUSE_SECONDS: Final = 3_600
_MOVES_MONEY: Final = {"provider charge", "provider cancel", "provider refund"}
# Long after anybody waits for it, a question that holds seats is a new one (its record is gone).
_SHORT_LIVED: Final = "reserve"


class Repeat(NamedTuple):
    """Something that was said before, and how to say it again."""

    what: str
    say: Callable[[], object]

    def carry_out(self) -> None:
        with suppress(TaskError):
            self.say()


class History:
    """What is said in a world from now on, but for what is said again."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tails = {table: Tail("", table, _streams()) for table in (SEATING, ORDERS)}
        self._consumers = _consumers(world)
        self._records: dict[str, list[Record]] = {table: [] for table in self._tails}
        self._asked: dict[str, tuple[str, dict[str, Any]]] = {}
        self._signalled: list[tuple[str, dict[str, str]]] = []
        self._executions: list[Execution] = []
        self._serial = 0

    def say_again(self, *, is_recent: bool) -> list[str]:
        """All of it, and what came of that: nothing, as a rule.

        `is_recent`: whoever asked may still be asking.
        """
        self._hear()
        found = self._consequences(
            self._tasks(is_recent=is_recent),
            self._changes(),
            self._signals(),
            self._answers(),
            self._passes(),
            self._second_runs(),
            self._redrives(),
        )
        self._forget()
        return found

    def redrive(self) -> list[str]:
        """Each execution that did not succeed goes on from where it ended; what came of that."""
        self._hear()
        return self._consequences(self._redrives())

    def _hear(self) -> None:
        """Take down the news; those of the streams are told to their consumers, as ever."""
        for table, tail in self._tails.items():
            news = tail.records()
            self._records[table] += news
            self._consume(table, news)
        self._asked |= {json.dumps(each): each for each in self._world.functions.asked}
        self._signalled += self._world.sagas.signals
        self._executions += [
            each
            for each in self._world.sagas.executions.values()
            if each not in self._executions and _AGAIN not in each.arn
        ]
        self._forget()

    def _forget(self) -> None:
        self._world.functions.asked.clear()
        self._world.sagas.signals.clear()

    def _consequences(self, *kinds: Iterator[Repeat]) -> list[str]:
        """What was changed, told anew, asked of the provider, or left to a person."""
        world, found = self._world, []
        told = set(map(json.dumps, world.bus.told))
        before = snapshot(world)
        for repeats in kinds:
            parked = len(world.sagas.parked)
            world.board.clear()
            said = {repeat.what: repeat.carry_out() for repeat in repeats}
            after = snapshot(world)
            # At least once is what events promise; but only what was told before.
            news = [each for each in map(json.dumps, world.bus.told) if each not in told]
            moved = {effect.name for effect in world.board.effects} & _MOVES_MONEY
            consequences = [
                *differences(before, after),
                *(f"told {each}" for each in news),
                *(f"asked for {each}" for each in sorted(moved)),
                *(f"parked {each}" for each in world.sagas.parked[parked:]),
            ]
            found += [f"{' + '.join(said)}: {each}" for each in consequences]
            before = after
            told.update(news)
        return found

    def _tasks(self, *, is_recent: bool) -> Iterator[Repeat]:
        """In their order, or days later the other way round."""
        asked = list(self._asked.values())
        for name, payload in asked if is_recent else asked[::-1]:
            if is_recent or payload["task"] != _SHORT_LIVED:
                ask = partial(self._world.functions.run, name, payload)
                yield Repeat(f"task {payload['task']}", ask)

    def _changes(self) -> Iterator[Repeat]:
        """Each by itself, all of them in three orders, and holds deleted by DynamoDB once more."""
        for table, records in self._records.items():
            for each in [*records, *deleted_by_ttl(records)]:
                key = each["dynamodb"]["Keys"]
                what = f"{each['eventName']} of {key['PK']['S']}/{key['SK']['S']}"
                yield Repeat(what, partial(self._consume, table, [each]))
            mixed = Random(len(records)).sample(records, len(records))
            for batch in (records, records[::-1], mixed):
                yield Repeat(f"{len(batch)} changes", partial(self._consume, table, batch))

    def _signals(self) -> Iterator[Repeat]:
        for call, said in self._signalled:
            yield Repeat(call, partial(self._signal, call, said))

    def _answers(self) -> Iterator[Repeat]:
        """What the provider said of each attempt, and what it may have said of it before that."""
        cashier, now = self._world.cashier, self._world.clock.now
        with self._world.engine.connect() as connection:
            keys = connection.execute(select(tables.attempts.c.attempt_key)).scalars().all()
            made = [attempts.get(connection, key) for key in keys]
        for attempt in made:
            yield Repeat("resolved", partial(resolve, cashier, attempt, now))
            outdated = [Answer.declined("The card was declined."), Answer.cancelled()]
            if attempt.outcome is Outcome.CAPTURED:
                outdated.append(Answer.captured(str(attempt.provider_txn_id)))
            for answer in outdated:
                what = f"{answer.outcome} after {attempt.outcome}"
                yield Repeat(what, partial(record, cashier, attempt, answer, now))

    def _passes(self) -> Iterator[Repeat]:
        """What comes each minute, and the rule of executions that ended badly."""
        run = self._world.functions.run
        yield Repeat("a minute", self._world.reconcile)
        for order_id in self._world.facts().sales.orders:
            asked = {"task": "reconcile_order", "orderId": order_id}
            yield Repeat("reconcile_order", partial(run, "orders-reconciler", asked))
        for execution in self._executions:
            told = {"task": "reconcile_execution", "detail": failed_event(execution)["detail"]}
            yield Repeat("reconcile_execution", partial(run, "orders-reconciler", told))

    def _second_runs(self) -> Iterator[Repeat]:
        """Of each execution under another name, and of each refund under another id too."""
        for execution in self._executions:
            machine = execution.machine_arn
            what = f"second {machine.rpartition('-')[2]}"
            yield Repeat(what, partial(self._run, machine, execution.input))
            if "refundId" in execution.input:
                other = {**execution.input, "refundId": f"other-{execution.input['refundId']}"}
                yield Repeat(f"other {what}", partial(self._run, machine, other))

    def _redrives(self) -> Iterator[Repeat]:
        for execution in self._executions:
            if execution.status in (Status.FAILED, Status.ABORTED):
                what = f"redriven {execution.steps[-1]}"
                yield Repeat(what, partial(self._redrive, execution.arn))

    def _run(self, machine_arn: str, given: dict[str, Any]) -> None:
        self._serial += 1
        name = f"{_AGAIN}{self._serial}"
        self._world.sagas.start_execution(machine_arn, name, json.dumps(given))
        self._world.pass_time(_PAUSE_SECONDS)

    def _redrive(self, execution_arn: str) -> None:
        self._world.sagas.redrive_execution(execution_arn)
        self._world.pass_time(_PAUSE_SECONDS)

    def _signal(self, call: str, said: dict[str, str]) -> None:
        with suppress(self._world.sagas.exceptions.TaskTimedOut):
            getattr(self._world.sagas, call)(**said)

    def _consume(self, table: str, records: list[Record]) -> None:
        if records:
            answer = self._consumers[table].handler({"Records": records}, None)
            assert answer == {"batchItemFailures": []}


@cache
def _streams() -> "DynamoDBStreamsClient":
    client: DynamoDBStreamsClient = boto3.client("dynamodbstreams")
    return client


@cache
def _consumers(world: World) -> dict[str, ModuleType]:
    """The streams' handlers, as they are deployed, telling this world's bus."""
    environment = {"EVENT_BUS_NAME": "boxoffice-world", "TABLE_NAME": SEATING}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aws, "eventbridge", lambda *_, **__: world.bus)
        return {
            SEATING: load("functions.seating.streams", environment),
            ORDERS: load("functions.orders.streams", environment),
        }
