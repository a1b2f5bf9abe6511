"""The product as one object: what customers ask of it, and how time and the machinery go on."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from embedded.databases import Database

from functions.audit.facts import Facts
from functions.audit.invariants import violations
from functions.audit.reading import Stores
from functions.audit.violation import Violation
from functions.payments import commands, refund_machine
from functions.payments.cashier import Cashier
from functions.payments.domain import BOX_OFFICE
from functions.payments.providers.box_office import BoxOffice
from functions.payments.providers.simulator import Simulator
from functions.seating.tests.shows import Show, hall
from functions.seating.tests.streaming import Tail
from functions.shared import aws
from functions.shared.tests.deployed import ISSUER, Answer, Client, LocalIssuer, load
from functions.shared.tests.emptying import BOOKS, empty
from functions.shared.tokens import Role
from infra.environments import Windows
from statemachines.tests.world.clock import Clock
from statemachines.tests.world.machines import defined
from statemachines.tests.world.peers import Bus, Functions, WatchedSimulator
from statemachines.tests.world.step_functions import StepFunctions, TaskError
from statemachines.tests.world.stores import WatchedEngine, WatchedTables
from statemachines.tests.world.switchboard import Blackout, Crash, Switchboard
from statemachines.tests.world.tables import ORDERS, SEATING, make_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

WINDOWS: Final = Windows()
# Past a hold, a payment's window, and any saga's own patience.
LONG_SECONDS: Final = WINDOWS.reservation_seconds + WINDOWS.payment_seconds + 600
_MACHINE: Final = "arn:aws:states:us-east-1:000000000000:stateMachine:boxoffice-world-"
_TASKS: Final = {
    "seating-tasks": "functions.seating.tasks",
    "orders-tasks": "functions.orders.tasks",
    "payments-tasks": "functions.payments.tasks",
    "orders-reconciler": "functions.orders.reconciler",
}
_APIS: Final = ("functions.seating.api", "functions.orders.api", "functions.payments.api")
# Whose each path is; seating's, if it is nobody's here.
_DOMAINS: Final = {
    "charge": "payments",
    "payments": "payments",
    "refund": "payments",
    "orders": "orders",
    "tickets": "orders",
}


class World:
    """One event on sale with seats 1 to 6, empty again after `restart`."""

    def __init__(self, endpoint: str, payments: Database) -> None:
        self.clock = Clock()
        self.board = Switchboard()
        self.functions = Functions(self.board)
        self.bus = Bus(self.board)
        self.sagas = StepFunctions(self.clock, self.board, self.functions.run)
        self.issuer = LocalIssuer()
        self.table: DynamoDBClient = boto3.client("dynamodb", endpoint_url=endpoint)
        self.engine = payments.engine(pool_size=10, max_overflow=20)
        self.failed_passes = 0
        # Whether the sagas stand still, whatever is due: Step Functions may take its time.
        self.are_sagas_held = False
        # One scan at a time: these are small tables.
        self._stores = Stores(self.table, SEATING, ORDERS, self.engine, segments=1)
        self._endpoint = endpoint
        self._streams = boto3.client("dynamodbstreams", endpoint_url=endpoint)
        self._users = itertools.count(1)
        watched = aws.dynamodb()
        WatchedTables(watched, self.table, self.board)
        self._modules = self._load(watched, payments.environment)

    def _load(self, dynamodb: "DynamoDBClient", database: dict[str, str]) -> dict[str, ModuleType]:
        environment = {
            **database,
            "EVENT_BUS_NAME": "boxoffice-world",
            "TOKEN_ISSUER": ISSUER,
            "TOKEN_KEY_IDS": "unused",
            "TICKET_SECRET_ARN": "unused",
            "RESERVATION_SECONDS": str(WINDOWS.reservation_seconds),
            # Fairness refuses holds and does nothing else: it would only keep walks from going on.
            "HOLDS_COUNTED_SECONDS": "0",
            "SEATS_REST_SECONDS": "0",
            "PAYMENT_SECONDS": str(WINDOWS.payment_seconds),
            "SEATING_TASKS_FUNCTION": "seating-tasks",
            "ORDERS_TASKS_FUNCTION": "orders-tasks",
            "PAYMENTS_TASKS_FUNCTION": "payments-tasks",
            "CATALOG_TASKS_FUNCTION": "catalog-tasks",
            "BOOKING_STATE_MACHINE_ARN": f"{_MACHINE}booking",
            "REFUND_STATE_MACHINE_ARN": f"{_MACHINE}refund",
            "RECONCILE_AFTER_SECONDS": str(WINDOWS.reconcile_after_seconds),
        }
        modules = {}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(aws, "dynamodb", lambda *_, **__: dynamodb)
            patch.setattr(aws, "functions", lambda *_, **__: self.functions)
            patch.setattr(aws, "step_functions", lambda *_, **__: self.sagas)
            patch.setattr(aws, "eventbridge", lambda *_, **__: self.bus)
            streams = "functions.seating.streams"
            for name in [*_TASKS.values(), *_APIS, streams]:
                table = SEATING if name.startswith("functions.seating") else ORDERS
                modules[name] = load(name, {**environment, "TABLE_NAME": table})
        books: Any = WatchedEngine(self.engine, self.board)
        providers = {
            Simulator.name: WatchedSimulator(self.engine, self.board),
            BOX_OFFICE: BoxOffice(),
        }
        for name in ("functions.payments.tasks", "functions.payments.api"):
            module: Any = modules[name]
            module.cashier = replace(module.cashier, engine=books, providers=providers)
        for name in _APIS:
            api: Any = modules[name].api
            api._tokens = self.issuer.verifier
        for function, name in _TASKS.items():
            self.functions.deploy(function, modules[name].handler)
        for machine in ("booking", "refund"):
            self.sagas.define(f"{_MACHINE}{machine}", defined(machine, WINDOWS))
        return modules

    @contextmanager
    def open(self) -> Iterator["World"]:
        """While it is open, whoever waits in it moves its clock instead."""
        time = SimpleNamespace(monotonic=lambda: self.clock.now.timestamp(), sleep=self.pass_time)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(commands, "time", time)
            patch.setattr(refund_machine, "time", time)
            self.restart()
            yield self
        self.clock.stop()

    @property
    def cashier(self) -> Cashier:
        """Payments' own, through which a provider's word reaches the books."""
        found: Cashier = self._modules["functions.payments.tasks"].cashier
        return found

    def close(self) -> None:
        self.engine.dispose()

    def restart(self) -> None:
        """As on the first day: nothing booked, noon, no fault planned."""
        self.board.clear()
        self.sagas.forget()
        self.are_sagas_held = False
        self.functions.asked.clear()
        self.bus.told.clear()
        self._users = itertools.count(1)
        self.clock.start()
        make_tables(self.table)
        with self.engine.begin() as connection:
            empty(connection, *BOOKS)
        seating: Any = self._modules["functions.seating.api"]
        self.show = Show(seating.store, hall(6), now=self.clock.now)
        self.event_id = self.show.event_id
        self._tail = Tail(self._endpoint, SEATING, self._streams)
        self._unread: list[dict[str, Any]] = []
        self.board.clear()

    # What customers do. None stands for an answer that never came.

    def new_user(self) -> int:
        return next(self._users)

    def ask(
        self,
        user_id: int,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str = "",
        role: Role = Role.CUSTOMER,
    ) -> Answer | None:
        """One request of a user's; what it started goes on afterwards."""
        domain = _DOMAINS.get(path.split("/")[2], "seating")
        client = Client(self._modules[f"functions.{domain}.api"])
        sent = {
            "token": self.issuer.token(user_id, role),
            "headers": {"Idempotency-Key": key or str(uuid4())},
        }
        answer = None
        try:
            with self.board.effect(f"{method} {domain}") as effect:
                if effect.is_doubled:
                    client(method, path, body, **sent)
                answer = client(method, path, body, **sent)
            if effect.is_lost:
                answer = None
        except Crash:
            answer = None
        self.run()
        return answer

    # How things go on.

    def run(self) -> None:
        """Everything that is due now."""
        if not self.are_sagas_held:
            self.sagas.run_due()

    def pass_time(self, seconds: float) -> None:
        """Let so much time pass, and everything happen that is due meanwhile, in order."""
        until = self.clock.now + timedelta(seconds=seconds)
        self.run()
        while not self.are_sagas_held:
            due = self.sagas.next_due()
            if due is None or due > until:
                break
            self.clock.move_to(due)
            self.run()
        self.clock.move_to(until)

    def sweep(self) -> None:
        """What DynamoDB's TTL does, as late as it likes; and what the stream then tells."""
        now = str(int(self.clock.now.timestamp()))
        found = self.table.scan(
            TableName=SEATING,
            FilterExpression="#ttl <= :now",
            ExpressionAttributeNames={"#ttl": "ttl"},
            ExpressionAttributeValues={":now": {"N": now}},
        )
        for item in found["Items"]:
            self.table.delete_item(TableName=SEATING, Key={k: item[k] for k in ("PK", "SK")})
        self.tell_stream()

    def tell_stream(self) -> None:
        """Hand the table's changes since the last time to their consumer.

        Those it did not come to are handed to it again the next time.
        """
        self._unread += self._tail.records()
        while self._unread:
            consumer = self._modules["functions.seating.streams"]
            try:
                answer = consumer.handler({"Records": self._unread}, None)
            except Crash:
                # A consumer that died has told of nothing, and is called again with all of it.
                continue
            failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
            numbers = [record["dynamodb"]["SequenceNumber"] for record in self._unread]
            done = next((place for place, each in enumerate(numbers) if each in failed), None)
            self._unread = [] if done is None else self._unread[done:]

    def reconcile(self) -> None:
        """A pass of everything that runs each minute."""
        self._each_minute("payments-tasks", "relay_outbox")
        self._each_minute("orders-reconciler", "reconcile_open_orders")

    def _each_minute(self, function: str, task: str) -> None:
        try:
            self.functions.run(function, {"task": task})
        except (TaskError, Crash, ReadTimeoutError):
            # Broken off, never begun, or nobody knows; it comes again a minute later.
            self.failed_passes += 1
        self.run()

    def come_to_rest(self) -> None:
        """Let everything end that ends by itself, and then have two passes of the reconciler."""
        self.pass_time(LONG_SECONDS)
        self.sweep()
        for _ in range(2):
            self._each_minute("payments-tasks", "relay_outbox")
            # Else its pass would be sixteen queries of an empty index.
            if self.open_orders():
                self._each_minute("orders-reconciler", "reconcile_open_orders")
            self.pass_time(60)

    def facts(self) -> Facts:
        """Everything that is stored."""
        return self._stores.read()

    def violations(self, *, at_rest: bool = False) -> list[Violation]:
        """What the audit finds."""
        return violations(self.facts(), self.clock.now, at_rest=at_rest)

    def open_orders(self) -> list[str]:
        """Orders that are not at an end."""
        found = self.table.scan(
            TableName=ORDERS,
            FilterExpression="#status = :pending OR attribute_exists(GSI3PK)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":pending": {"S": "PENDING"}},
        )
        return [item["PK"]["S"] for item in found["Items"]]

    def live_through(self, scenario: Callable[["World"], object]) -> None:
        """Let a scenario happen; a blackout may end it, and takes all sagas with it."""
        try:
            scenario(self)
        except Blackout:
            self.sagas.abort_all()
