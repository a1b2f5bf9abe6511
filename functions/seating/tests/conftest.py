"""Seating on the emulated DynamoDB: one table for the session, an event for each test."""

from datetime import UTC, datetime
from types import ModuleType
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config

from functions.seating.domain import EventStatus, SaleState
from functions.seating.maps import CataloguedEvent
from functions.seating.store.store import Store
from functions.seating.tests.shows import (
    ORGANIZER,
    Show,
    floor,
    hall,
    new_event_id,
    new_user_id,
)
from functions.seating.tests.streaming import Ear, Tail
from functions.shared.observability import metrics
from functions.shared.problems import NotFound
from functions.shared.tests.deployed import ISSUER, Client, LocalIssuer, load
from functions.shared.tokens import Role

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

TABLE = "boxoffice-test-seating"
BUS = "boxoffice-test"


@pytest.fixture(autouse=True)
def _nothing_counted_yet() -> None:
    metrics.clear_metrics()


@pytest.fixture(scope="session")
def dynamodb(aws_endpoint: str) -> "DynamoDBClient":
    # Wide enough that threads race in the table and not for a connection.
    config = Config(max_pool_connections=32, retries={"total_max_attempts": 1})
    return boto3.client("dynamodb", endpoint_url=aws_endpoint, config=config)


@pytest.fixture(scope="session")
def table_name(dynamodb: "DynamoDBClient") -> str:
    """The table as the templates define it."""
    dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[
            {"AttributeName": "PK", "KeyType": "HASH"},
            {"AttributeName": "SK", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "PK", "AttributeType": "S"},
            {"AttributeName": "SK", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    dynamodb.update_time_to_live(
        TableName=TABLE,
        TimeToLiveSpecification={"AttributeName": "ttl", "Enabled": True},
    )
    return TABLE


@pytest.fixture(scope="session")
def store(dynamodb: "DynamoDBClient", table_name: str) -> Store:
    return Store(dynamodb, table_name)


@pytest.fixture
def show(store: Store) -> Show:
    """An event on sale with 20 seats: rows A and B of ten, seats 1 to 20."""
    return Show(store)


@pytest.fixture(scope="session")
def environment(table_name: str) -> dict[str, str]:
    return {
        "TABLE_NAME": table_name,
        "EVENT_BUS_NAME": BUS,
        "CATALOG_TASKS_FUNCTION": "boxoffice-test-catalog-tasks",
        "RESERVATION_SECONDS": "900",
        "TOKEN_ISSUER": ISSUER,
        "TOKEN_KEY_IDS": "none",
    }


class KnownEvents:
    """Stands in for catalog: tells of the events that a test has put here."""

    def __init__(self) -> None:
        self.events: dict[int, CataloguedEvent] = {}

    def describe_event(self, event_id: int) -> CataloguedEvent:
        if event_id not in self.events:
            raise NotFound(f"There is no event {event_id}.")
        return self.events[event_id]


@pytest.fixture(scope="session")
def issuer() -> LocalIssuer:
    return LocalIssuer()


@pytest.fixture(scope="session")
def seating_api(environment: dict[str, str], issuer: LocalIssuer) -> ModuleType:
    module = load("functions.seating.api", environment)
    module.api._tokens = issuer.verifier
    return module


@pytest.fixture
def catalog(seating_api: ModuleType, monkeypatch: pytest.MonkeyPatch) -> KnownEvents:
    known = KnownEvents()
    monkeypatch.setattr(seating_api, "catalog", known)
    return known


@pytest.fixture
def client(seating_api: ModuleType) -> Client:
    return Client(seating_api)


@pytest.fixture(scope="session")
def seating_tasks(environment: dict[str, str]) -> ModuleType:
    return load("functions.seating.tasks", environment)


@pytest.fixture(scope="session")
def seating_streams(environment: dict[str, str]) -> ModuleType:
    return load("functions.seating.streams", environment)


@pytest.fixture(scope="session")
def seating_events(environment: dict[str, str]) -> ModuleType:
    return load("functions.seating.events", environment)


@pytest.fixture
def tail(aws_endpoint: str, table_name: str) -> Tail:
    return Tail(aws_endpoint, table_name)


@pytest.fixture(scope="session")
def _ear(aws_endpoint: str) -> Ear:
    return Ear(aws_endpoint, BUS)


@pytest.fixture
def ear(_ear: Ear) -> Ear:
    """What is said on the bus during this test."""
    _ear.heard()
    return _ear


@pytest.fixture
def sale(store: Store) -> Show:
    """On sale now: rows A and B of ten, and a floor of five."""
    return Show(store, hall(10, 10), floor(5), now=datetime.now(UTC))


@pytest.fixture
def organizer(issuer: LocalIssuer) -> str:
    return issuer.token(ORGANIZER, Role.EVENT_ORGANIZER)


@pytest.fixture
def admin(issuer: LocalIssuer) -> str:
    return issuer.token(1, Role.ADMIN)


@pytest.fixture
def customer(issuer: LocalIssuer) -> str:
    return issuer.token(new_user_id())


@pytest.fixture
def event(catalog: KnownEvents) -> int:
    """An event that catalog knows, SCHEDULED, 500 cents in INR, without seats yet."""
    event_id = new_event_id()
    state = SaleState(event_id, ORGANIZER, EventStatus.SCHEDULED, 1)
    catalog.events[event_id] = CataloguedEvent(state, "INR", 500)
    return event_id
