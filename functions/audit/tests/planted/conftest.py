"""The house in which all that is planted is found."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from embedded.databases import Database
from sqlalchemy import Engine

from functions.audit.invariants import violations
from functions.audit.reading import Stores
from functions.audit.tests.conftest import Audit, empty_books, empty_tables
from functions.audit.tests.house import new_house
from functions.audit.tests.planted.finding import Find, Found
from functions.audit.violation import Violation

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


@pytest.fixture(scope="package")
def tables(dynamodb: "DynamoDBClient") -> Iterator[dict[str, str]]:
    """One for all tests of this folder: each plants in an event of its own."""
    with empty_tables(dynamodb) as names:
        yield names


@pytest.fixture(scope="package")
def engine(payments_database: Database) -> Iterator[Engine]:
    with empty_books(payments_database) as engine:
        yield engine


@pytest.fixture(scope="package")
def found_before() -> set[Violation]:
    return set()


@pytest.fixture(scope="package", autouse=True)
def _busy_house(dynamodb: "DynamoDBClient", tables: dict[str, str], engine: Engine) -> None:
    """Something of everything, so that a check that takes the wrong thing shows."""
    house = new_house(dynamodb, tables, engine)
    house.book(1, 2)
    house.refund(house.book(3))
    house.refund_in_parts(house.book(8, 9))
    house.cancel(house.begin(4))
    house.begin(5, 6)
    house.reserve(7)
    stores = Stores(dynamodb, tables["seating"], tables["orders"], engine)
    assert violations(stores.read(), house.now) == []


@pytest.fixture
def find(audit: Audit, found_before: set[Violation]) -> Find:
    """What no test before has planted."""

    def new() -> Found:
        found = [one for one in audit() if one not in found_before]
        found_before.update(found)
        return [(one.invariant, one.ids) for one in found]

    return new
