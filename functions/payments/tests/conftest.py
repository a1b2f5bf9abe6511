"""Payments on a real Postgres, empty again for each test, with everybody it talks to recorded."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from embedded.migrate import upgrade
from embedded.postgres import Database, Postgres
from sqlalchemy import Engine, create_engine, text

from functions.payments.announcements import Announcer
from functions.payments.cashier import Cashier
from functions.payments.domain import BOX_OFFICE
from functions.payments.providers.box_office import BoxOffice
from functions.payments.providers.simulator import Simulator
from functions.payments.tests.stand_ins import FlakyProvider, RecordedBus, RecordedSteps


@pytest.fixture(scope="session")
def payments_database(postgres: Postgres) -> Database:
    database = postgres.ensure_database("payments_suite", "payments")
    upgrade("payments", database.url)
    return database


@pytest.fixture(scope="session")
def _pool(payments_database: Database) -> Iterator[Engine]:
    # Wide enough that threads race in the database and not for a connection.
    pool = create_engine(payments_database.url, pool_size=20, max_overflow=40)
    yield pool
    pool.dispose()


@pytest.fixture
def engine(_pool: Engine) -> Engine:
    with _pool.begin() as connection:
        connection.execute(
            text(
                "TRUNCATE payments, attempts, refunds, kept_answers, outbox,"
                " simulator_charges, simulator_refunds"
            )
        )
    return _pool


@pytest.fixture
def steps() -> RecordedSteps:
    return RecordedSteps()


@pytest.fixture
def bus() -> RecordedBus:
    return RecordedBus()


@pytest.fixture
def provider(engine: Engine) -> FlakyProvider:
    return FlakyProvider(engine)


@pytest.fixture
def cashier(
    engine: Engine, steps: RecordedSteps, bus: RecordedBus, provider: FlakyProvider
) -> Cashier:
    """As the functions make it for themselves, for a payment window of 90 s or more."""
    return Cashier(
        engine=engine,
        providers={Simulator.name: provider, BOX_OFFICE: BoxOffice()},
        card_provider=Simulator.name,
        announcer=Announcer(bus, "boxoffice-test", steps),  # type: ignore[arg-type]
        margin=timedelta(seconds=15),
    )


@pytest.fixture
def order_id() -> str:
    return str(uuid4())
