"""Stores of its own for each test, empty, and a house that sells from them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from embedded.databases import Database
from embedded.migrate import upgrade
from embedded.postgres import Postgres
from sqlalchemy import Engine

from functions.audit.invariants import violations
from functions.audit.reading import Stores
from functions.audit.tests.house import House, new_house
from functions.audit.violation import Violation
from functions.shared.tests.emptying import BOOKS, empty

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

Audit = Callable[..., list[Violation]]


@pytest.fixture(scope="session")
def dynamodb(aws_endpoint: str) -> "DynamoDBClient":
    config = Config(max_pool_connections=16, retries={"total_max_attempts": 1})
    return boto3.client("dynamodb", endpoint_url=aws_endpoint, config=config)


@contextmanager
def empty_tables(dynamodb: "DynamoDBClient") -> Iterator[dict[str, str]]:
    """Tables of seating and orders, as the templates define them; their names."""
    names = {domain: f"audit-{domain}-{uuid4().hex[:8]}" for domain in ("seating", "orders")}
    _create(dynamodb, names["seating"])
    _create(dynamodb, names["orders"], byUser="GSI1", byEvent="GSI2", open="GSI3")
    yield names
    for name in names.values():
        dynamodb.delete_table(TableName=name)


@contextmanager
def empty_books(database: Database) -> Iterator[Engine]:
    """The payments database, as the role that owns it."""
    engine = database.engine()
    with engine.begin() as connection:
        empty(connection, *BOOKS)
    yield engine
    engine.dispose()


@pytest.fixture
def tables(dynamodb: "DynamoDBClient") -> Iterator[dict[str, str]]:
    with empty_tables(dynamodb) as names:
        yield names


def _create(dynamodb: "DynamoDBClient", name: str, **indexes: str) -> None:
    keys = ["PK", "SK", *(f"{index}{key}" for index in indexes.values() for key in ("PK", "SK"))]
    more: Any = {
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index,
                "KeySchema": _schema(f"{prefix}PK", f"{prefix}SK"),
                "Projection": {"ProjectionType": "ALL"},
            }
            for index, prefix in indexes.items()
        ]
    }
    dynamodb.create_table(
        TableName=name,
        KeySchema=_schema("PK", "SK"),
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        BillingMode="PAY_PER_REQUEST",
        **(more if indexes else {}),
    )


def _schema(partition: str, sort: str) -> Any:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


@pytest.fixture(scope="session")
def payments_database(postgres: Postgres) -> Database:
    database = postgres.ensure_database("payments_audited", "payments")
    upgrade("payments", database)
    return database


@pytest.fixture
def auditor(postgres: Postgres, payments_database: Database) -> Iterator[Engine]:
    """The same database as the audit's own user sees it."""
    engine = postgres.ensure_auditor(payments_database).engine()
    yield engine
    engine.dispose()


@pytest.fixture
def engine(payments_database: Database) -> Iterator[Engine]:
    with empty_books(payments_database) as engine:
        yield engine


@pytest.fixture
def stores(dynamodb: "DynamoDBClient", tables: dict[str, str], engine: Engine) -> Stores:
    return Stores(dynamodb, tables["seating"], tables["orders"], engine)


@pytest.fixture
def house(dynamodb: "DynamoDBClient", tables: dict[str, str], engine: Engine) -> House:
    return new_house(dynamodb, tables, engine)


@pytest.fixture
def audit(stores: Stores, house: House) -> Audit:
    """What is found wrong at the house's own time."""

    def run(**asked: Any) -> list[Violation]:
        return violations(stores.read(), house.now, **asked)

    return run
