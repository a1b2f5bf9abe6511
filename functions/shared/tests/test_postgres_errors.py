"""What went wrong in Postgres is told by its name; the row it is about is nobody's business."""

import logging
from collections.abc import Iterator
from uuid import uuid4

import pytest
from embedded.postgres import Postgres
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import DBAPIError

from functions.shared.postgres import constraint, create_pool, sql_state, transaction

TABLE = """CREATE TABLE people (
    email text NOT NULL CONSTRAINT people_email UNIQUE,
    age integer CONSTRAINT people_age CHECK (age > 0))"""


@pytest.fixture
def people(postgres: Postgres) -> Iterator[Engine]:
    """A table with one person in it."""
    database = postgres.ensure_database(f"people_{uuid4().hex[:8]}", "catalog")
    engine = create_pool(make_url(database.url))
    with transaction(engine) as connection:
        connection.execute(text(TABLE))
        connection.execute(text("INSERT INTO people VALUES ('kanary@mail.com', 30)"))
    yield engine
    engine.dispose()
    postgres.drop_database(database.name)


@pytest.mark.parametrize(
    ("email", "age", "name", "state"),
    [
        ("kanary@mail.com", 30, "people_email", "23505"),
        ("kanary2@mail.com", -1, "people_age", "23514"),
    ],
)
def test_a_logged_error_names_its_rule_and_quotes_no_row(
    people: Engine, caplog: pytest.LogCaptureFixture, email: str, age: int, name: str, state: str
) -> None:
    row = {"email": email, "age": age}
    with pytest.raises(DBAPIError) as raised, transaction(people) as connection:
        connection.execute(text("INSERT INTO people VALUES (:email, :age)"), row)
    assert (constraint(raised.value), sql_state(raised.value)) == (name, state)
    with caplog.at_level(logging.ERROR):
        logging.getLogger("test").error("unhandled", exc_info=raised.value)
    assert name in caplog.text
    assert "kanary" not in caplog.text
