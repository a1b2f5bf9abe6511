"""Catalog in a world: its one event can be cancelled, and what broke off is taken up again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http import HTTPStatus
from types import ModuleType, SimpleNamespace
from typing import Any, Final

import pytest
from embedded.databases import Database
from sqlalchemy import text

from functions.catalog.announcements import Announcer
from functions.orders import event_orders
from functions.seating.tests.shows import ORGANIZER
from functions.shared import aws
from functions.shared.tests.deployed import ISSUER, Client, load
from functions.shared.tests.emptying import PROGRAMME, empty
from functions.shared.tokens import Role
from infra.definitions import CANCELLATION
from statemachines.tests.world.machines import defined
from statemachines.tests.world.step_functions import TaskError
from statemachines.tests.world.stores import WatchedEngine
from statemachines.tests.world.switchboard import Blackout, Crash
from statemachines.tests.world.world import WINDOWS, World

MACHINE: Final = (
    f"arn:aws:states:us-east-1:000000000000:stateMachine:boxoffice-world-{CANCELLATION}"
)
_MOST_MINUTES: Final = 120


class Programme:
    """The world's event as its organizer sees it. Every write passes the world's board."""

    def __init__(self, world: World, database: Database) -> None:
        self.world = world
        self.engine = database.engine()
        self._api = self._load("functions.catalog.api", database)
        self._tasks = self._load("functions.catalog.tasks", database)
        api: Any = self._api.api
        api._tokens = world.issuer.verifier
        world.functions.deploy("catalog-tasks", self._tasks.handler)
        self.define(WINDOWS.sales_closed_seconds)

    def define(self, sales_closed_seconds: int) -> None:
        """Deploy the machine, which waits so long once sales have closed."""
        machine = defined(CANCELLATION, WINDOWS)
        machine["States"]["WaitForOrdersOnTheirWay"]["Seconds"] = sales_closed_seconds
        self.world.sagas.define(MACHINE, machine)

    def _load(self, name: str, database: Database) -> ModuleType:
        environment = {
            **database.environment,
            "EVENT_BUS_NAME": "boxoffice-world",
            "TOKEN_ISSUER": ISSUER,
            "TOKEN_KEY_IDS": "unused",
            "SEATING_TASKS_FUNCTION": "seating-tasks",
            "EVENT_CANCELLATION_STATE_MACHINE_ARN": MACHINE,
        }
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(aws, "functions", lambda *_, **__: self.world.functions)
            patch.setattr(aws, "step_functions", lambda *_, **__: self.world.sagas)
            patch.setattr(aws, "eventbridge", lambda *_, **__: self.world.bus)
            module: Any = load(name, environment)
        watched = WatchedEngine(self.engine, self.world.board)
        module.engine = watched
        module.cancellations = replace(module.cancellations, engine=watched)
        if isinstance(getattr(module, "announcer", None), Announcer):
            module.announcer = module.announcer._replace(engine=watched)
        loaded: ModuleType = module
        return loaded

    @contextmanager
    def open(self) -> Iterator["Programme"]:
        """While it is open, who waits for a refund in it moves its clock instead."""
        world = self.world
        time = SimpleNamespace(monotonic=lambda: world.clock.now.timestamp(), sleep=world.pass_time)
        with world.open(), pytest.MonkeyPatch.context() as patch:
            patch.setattr(event_orders, "time", time)
            self.restart()
            yield self

    def restart(self) -> None:
        """The world as on its first day, and its event in the programme."""
        self.world.restart()
        with self.engine.begin() as connection:
            empty(connection, *PROGRAMME)
            connection.execute(
                text("INSERT INTO venues VALUES (1, 'Town Hall', 'Pune', 500, now())"),
            )
            connection.execute(
                text(
                    "INSERT INTO events VALUES (:event, 1, 'Ragas', 'Concert', now(), 1000, 'EUR',"
                    " 'ON_SALE', :organizer, 1, now())"
                ),
                {"event": self.world.event_id, "organizer": ORGANIZER},
            )
        self.world.board.clear()

    def cancel(self) -> None:
        """The organizer cancels the event, and asks again if nobody answers."""
        while not self._asked():
            self.world.pass_time(20)

    def _asked(self) -> bool:
        path = f"/v1/events/{self.world.event_id}/cancel"
        token = self.world.issuer.token(ORGANIZER, Role.EVENT_ORGANIZER)
        answered = False
        with suppress(Crash):
            with self.world.board.effect("POST catalog") as effect:
                for _ in range(2 if effect.is_doubled else 1):
                    answer = Client(self._api)("POST", path, {}, token=token)
            answered = answer.status == HTTPStatus.ACCEPTED and not effect.is_lost
        self.world.run()
        return answered

    def read(self) -> dict[str, Any] | None:
        """How far the cancellation has come; None if there is none."""
        path = f"/v1/events/{self.world.event_id}/cancellation"
        token = self.world.issuer.token(ORGANIZER, Role.EVENT_ORGANIZER)
        answer = Client(self._api)("GET", path, token=token)
        found: dict[str, Any] | None = answer.body if answer.status == HTTPStatus.OK else None
        return found

    def each_minute(self) -> None:
        """A pass of everything that runs each minute, catalog's too."""
        for task in ("relay_outbox", "resume_cancellations"):
            # It comes again a minute later.
            with suppress(TaskError):
                self.world.functions.run("catalog-tasks", {"task": task})
        self.world.reconcile()

    def come_to_rest(self) -> None:
        """Minute by minute, until the cancellation is over, if there is one."""
        for _ in range(_MOST_MINUTES):
            self.world.pass_time(60)
            self.each_minute()
            found = self.read()
            if found is None or found["status"] == "CANCELLED":
                break
        self.world.come_to_rest()

    def live_through(self, story: Callable[["Programme"], object]) -> None:
        """A blackout may end a story, and takes everything with it that runs."""
        try:
            story(self)
        except Blackout:
            self.world.sagas.abort_all()
