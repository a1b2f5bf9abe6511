"""Placeholders are spelled as pg8000 spells them, and a statement is looked at once."""

import pytest
from embedded.databases import Database
from embedded.postgres import Postgres
from pg8000 import legacy
from sqlalchemy import bindparam, make_url, text

from functions.shared import placeholders
from functions.shared.postgres import create_pool, transaction

STATEMENTS = [
    "SELECT 1",
    "SELECT a.b, '100 %%s' FROM a WHERE c = %s AND d LIKE '%%'",
    """INSERT INTO "odd %s name" VALUES (%s, %s::JSON, $$not %s$$)""",
    "SELECT 1 -- not this %s",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_is_spelled_as_pg8000_spells_it(statement: str) -> None:
    values = ["x"] * 3
    expected = placeholders._convert("format", statement, values)
    assert placeholders._convert_once("format", statement, values) == expected


def test_other_styles_are_left_to_pg8000() -> None:
    assert placeholders._convert_once("named", "SELECT :a", {"a": 7}) == ("SELECT $1", (7,))


def test_a_statement_is_looked_at_once_and_its_values_are_always_new(postgres: Postgres) -> None:
    database: Database = postgres.ensure_database("placeholders", "payments")
    engine = create_pool(make_url(database.url))
    assert legacy.convert_paramstyle is placeholders._convert_once
    placeholders._spelled.cache_clear()
    asked = text("SELECT CAST(:a AS INTEGER) * 2 AS twice").bindparams(bindparam("a"))
    with transaction(engine) as connection:
        found = [connection.execute(asked, {"a": number}).scalar_one() for number in range(5)]
    engine.dispose()
    assert found == [0, 2, 4, 6, 8]
    assert placeholders._spelled.cache_info().misses == 1
    assert placeholders._spelled.cache_info().hits == 4
