"""Payments on a real Postgres, empty again for each test, with everybody it talks to recorded."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from embedded.databases import Database
from embedded.migrate import upgrade
from embedded.postgres import Postgres
from sqlalchemy import Connection, Engine

from functions.payments.announcements import Announcer
from functions.payments.cashier import Cashier
from functions.payments.domain import BOX_OFFICE
from functions.payments.providers.box_office import BoxOffice
from functions.payments.providers.simulator import Simulator
from functions.payments.providers.stripe.adapter import Stripe
from functions.payments.providers.stripe.key import StripeAccount
from functions.payments.providers.stripe.sdk import StripeSdk
from functions.payments.refund_machine import RefundMachine
from functions.payments.refunding import give_back
from functions.payments.tests.desk import NOW, announce
from functions.payments.tests.stand_ins import (
    Deployed,
    FlakyProvider,
    KnownOrders,
    KnownSecrets,
    RecordedBus,
    RecordedQueue,
    RecordedSteps,
    RefundSaga,
)
from functions.payments.tests.stripe_peers import KEY, ScriptedStripe, served
from functions.payments.tests.stripe_shapes import CREATE, intent
from functions.payments.tests.three_payments import EVERY_ORDER
from functions.payments.webhook_secrets import WebhookSecrets
from functions.shared.tests.deployed import ISSUER, Answer, Client, LocalIssuer, load
from functions.shared.tests.emptying import BOOKS, empty
from functions.shared.tokens import Role

AskReport = Callable[..., Answer]
MACHINE_ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:boxoffice-test-refund"


@pytest.fixture(scope="session")
def payments_database(postgres: Postgres) -> Database:
    database = postgres.ensure_database("payments_suite", "payments")
    upgrade("payments", database)
    return database


@pytest.fixture(scope="session")
def _pool(payments_database: Database) -> Iterator[Engine]:
    # Wide enough that threads race in the database and not for a connection.
    pool = payments_database.engine(pool_size=20, max_overflow=40)
    yield pool
    pool.dispose()


@pytest.fixture
def engine(_pool: Engine) -> Engine:
    with _pool.begin() as connection:
        empty(connection, *BOOKS, "stripe_intents", "breakers")
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


@pytest.fixture(scope="session")
def environment(payments_database: Database) -> dict[str, str]:
    """What the payments functions are deployed with."""
    return {
        **payments_database.environment,
        "EVENT_BUS_NAME": "boxoffice-test",
        "ORDERS_TASKS_FUNCTION": "boxoffice-test-orders-tasks",
        "PAYMENT_SECONDS": "900",
        "REFUND_STATE_MACHINE_ARN": MACHINE_ARN,
        "TOKEN_ISSUER": ISSUER,
        "TOKEN_KEY_IDS": "unused",
    }


@pytest.fixture(scope="session")
def issuer() -> LocalIssuer:
    return LocalIssuer()


@pytest.fixture
def orders() -> KnownOrders:
    return KnownOrders()


@pytest.fixture
def saga(cashier: Cashier) -> RefundSaga:
    """Refunds as the refund saga does, as far as payments is concerned."""

    def run(refund: dict[str, Any]) -> None:
        given = (refund["paymentId"], refund["refundId"], refund["reason"])
        give_back(cashier, *given, NOW, refund["amountCents"])

    return RefundSaga(run)


@pytest.fixture(scope="session")
def _loaded_api(environment: dict[str, str]) -> ModuleType:
    return load("functions.payments.api", environment)


@pytest.fixture
def payments_api(
    _loaded_api: ModuleType,
    cashier: Cashier,
    issuer: LocalIssuer,
    orders: KnownOrders,
    saga: RefundSaga,
    monkeypatch: pytest.MonkeyPatch,
) -> ModuleType:
    """The deployed module, at the test's cashier and with the test's neighbours."""
    monkeypatch.setattr(_loaded_api, "cashier", cashier)
    monkeypatch.setattr(_loaded_api, "orders", orders)
    monkeypatch.setattr(_loaded_api, "machine", RefundMachine(saga, MACHINE_ARN, 0.1))  # type: ignore[arg-type]
    monkeypatch.setattr(_loaded_api.api, "_tokens", issuer.verifier)
    return _loaded_api


@pytest.fixture
def client(payments_api: ModuleType) -> Client:
    return Client(payments_api)


@pytest.fixture
def ask_report(client: Client, issuer: LocalIssuer) -> AskReport:
    """An administrator's, unless somebody else asks."""

    def ask(
        query: dict[str, str] | None = None, user_id: int = 99, role: Role = Role.ADMIN
    ) -> Answer:
        token = issuer.token(user_id, role)
        return client("GET", "/v1/payments/report", token=token, query=query or {})

    return ask


@pytest.fixture(scope="session")
def _loaded_tasks(environment: dict[str, str]) -> ModuleType:
    return load("functions.payments.tasks", environment)


@pytest.fixture
def payments_tasks(
    _loaded_tasks: ModuleType, cashier: Cashier, monkeypatch: pytest.MonkeyPatch
) -> ModuleType:
    monkeypatch.setattr(_loaded_tasks, "cashier", cashier)
    return _loaded_tasks


@pytest.fixture
def notices_queue() -> RecordedQueue:
    return RecordedQueue()


@pytest.fixture
def webhook_secrets() -> KnownSecrets:
    return KnownSecrets(simulator="sim-1 sim-2", stripe="whsec_1")


@pytest.fixture
def webhooks(notices_queue: RecordedQueue, webhook_secrets: KnownSecrets) -> ModuleType:
    """The deployed module, with its queue and its secrets in memory."""
    module = load(
        "functions.payments.webhooks",
        {"NOTICES_QUEUE_URL": "notices", "WEBHOOK_SECRETS_ARN": "arn"},
    )
    vars(module).update(queue=notices_queue, secrets=WebhookSecrets(webhook_secrets, "arn"))  # type: ignore[arg-type]
    return module


@pytest.fixture
def late_charges(
    environment: dict[str, str],
    cashier: Cashier,
    webhooks: ModuleType,
    webhook_secrets: KnownSecrets,
) -> ModuleType:
    """The deployed module, beside the webhook that it calls."""
    module = load(
        "functions.payments.late_charges",
        {**environment, "WEBHOOK_SECRETS_ARN": "arn", "PAYMENTS_WEBHOOKS_FUNCTION": "webhooks"},
    )
    vars(module).update(
        simulator=Simulator(cashier.engine),
        secrets=WebhookSecrets(webhook_secrets, "arn"),  # type: ignore[arg-type]
        functions=Deployed(webhooks),
    )
    return module


@pytest.fixture
def peer() -> ScriptedStripe:
    """A Stripe that says what the test has it say; it makes intents already."""
    scripted = ScriptedStripe()
    scripted.says(CREATE, intent("requires_confirmation"))
    return scripted


@pytest.fixture
def peer_api(peer: ScriptedStripe) -> Iterator[str]:
    with served(peer) as address:
        yield address


@pytest.fixture
def stripe(engine: Engine, peer_api: str) -> Stripe:
    """The adapter, on the line to `peer`."""
    return Stripe(engine, StripeSdk(KEY, peer_api))


@pytest.fixture
def payments_provider(peer_api: str) -> ModuleType:
    """The deployed module, with Stripe's key in memory and `peer` for Stripe."""
    module = load("functions.payments.provider", {"STRIPE_KEY_ARN": "arn"})
    secrets = KnownSecrets({"apiKey": KEY})
    vars(module).update(account=StripeAccount(secrets, "arn", peer_api))  # type: ignore[arg-type]
    return module


@pytest.fixture
def connection(cashier: Cashier) -> Iterator[Connection]:
    """A transaction on the tables, where three payments are announced."""
    for order_id in EVERY_ORDER:
        announce(cashier, order_id)
    with cashier.engine.begin() as opened:
        yield opened
