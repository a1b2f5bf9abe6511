"""The sagas' definitions on the emulator, with task functions that follow a script."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from embedded.migrate import upgrade
from embedded.postgres import Postgres

from functions.shared.tests.answers_seen import watched
from statemachines.tests.machines import Machines, Run
from statemachines.tests.world.programme import Programme
from statemachines.tests.world.world import World


@pytest.fixture(scope="session")
def machines(aws_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Machines:
    return Machines(tmp_path_factory.mktemp("scripts"))


@pytest.fixture
def book(machines: Machines) -> Callable[..., Run]:
    """Runs a booking; takes the moves of each task that is not as it should be."""

    def book(**script: Any) -> Run:
        booking = {
            "orderId": str(uuid4()),
            "reservationId": "res-1",
            "userId": 3,
            "eventId": 7,
            "organizerId": 5,
            "amountCents": 2100,
            "currency": "INR",
            "expiresAt": "2026-11-22T10:15:00.000Z",
            "paymentMethod": None,
            "correlationId": "request-1",
        }
        return machines.run("booking", booking, **script)

    return book


@pytest.fixture
def refund(machines: Machines) -> Callable[..., Run]:
    """Runs the refund of an order; the same one again if it is given."""

    def refund(order_id: str | None = None, **script: Any) -> Run:
        asked = {
            "orderId": order_id or str(uuid4()),
            "refundId": "refund-1",
            "paymentId": "pay-1",
            "seatIds": None,
            "amountCents": None,
            "reason": "cancelled",
            "force": False,
            "correlationId": "request-2",
        }
        return machines.run("refund", asked, **script)

    return refund


@pytest.fixture(scope="session")
def _world(aws_endpoint: str, postgres: Postgres) -> Iterator[World]:
    payments = postgres.ensure_database("payments_world", "payments")
    upgrade("payments", payments)
    world = World(aws_endpoint, payments)
    yield world
    world.close()


@pytest.fixture(autouse=True)
def undocumented_answers() -> Iterator[None]:
    """Watched, but not refused here: a handler that dies in the middle dies with its process
    elsewhere, and goes on in this one, with a router that is left as it was.
    """
    with watched():
        yield


@pytest.fixture(scope="session")
def _programme(_world: World, postgres: Postgres) -> Iterator[Programme]:
    catalog = postgres.ensure_database("catalog_world", "catalog")
    upgrade("catalog", catalog)
    programme = Programme(_world, catalog)
    yield programme
    programme.engine.dispose()


@pytest.fixture
def programme(_programme: Programme) -> Iterator[Programme]:
    """The same with catalog, whose event can be cancelled."""
    with _programme.open():
        yield _programme


@pytest.fixture
def world(_world: World) -> Iterator[World]:
    """The whole product, as on its first day."""
    with _world.open():
        yield _world
