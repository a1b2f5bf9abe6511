"""What customers wait for costs the same however much there is. Counted, never timed."""

from collections.abc import Iterator

import pytest
from embedded.aws import client
from embedded.bench.growth import findings, orders, orders_table, sql_grown, tables
from embedded.bench.growth.databases import Databases
from embedded.bench.growth.grown import Grown
from embedded.bench.growth.measuring import table_costs
from embedded.postgres import Postgres

from functions.shared.dynamodb import Table

# Large enough for a planner to want indexes, small enough to be filled in seconds.
EVENTS = (500, 5_000)
ORDERS = (2_000, 20_000)
ITEMS = (100, 1_000)
# Part of a text is looked for in all there is, and a backlog is passed: known, and of no sale.
KNOWN_SCANS = {
    "events: a city that none is in",
    "events: a type that none has",
    "events: words that none has",
    "outbox: write and deliver, others waiting",
}


@pytest.fixture(scope="module")
def grown(postgres: Postgres) -> list[Grown]:
    databases = Databases(postgres)
    return [
        sql_grown(databases, "catalog", EVENTS, rounds=0),
        sql_grown(databases, "outbox", EVENTS, rounds=0),
        sql_grown(databases, "users", ORDERS, rounds=0),
        sql_grown(databases, "payments", ORDERS, rounds=0),
    ]


@pytest.fixture(scope="module")
def listed(aws_endpoint: str) -> Iterator[Grown]:
    dynamodb = client("dynamodb", aws_endpoint)
    costs = []
    for size in ITEMS:
        name = orders_table.name_of(size)
        orders_table.create(dynamodb, name)
        orders_table.fill(dynamodb, name, size)
        paths = orders.paths(Table(dynamodb, name), size)
        costs.append(table_costs(dynamodb, paths, rounds=0))
    yield Grown("orders", ITEMS, paths, costs)
    for size in ITEMS:
        dynamodb.delete_table(TableName=orders_table.name_of(size))


def test_no_work_of_the_databases_grows_that_should_not(grown: list[Grown]) -> None:
    assert [name for each in grown for name in each.unexpected] == []


def test_nothing_that_customers_wait_for_reads_a_table_whole(grown: list[Grown]) -> None:
    found = {name for each in grown for name, _ in each.hot_scans}
    assert found <= KNOWN_SCANS


def test_placing_and_listing_orders_costs_the_same_among_many(listed: Grown) -> None:
    assert listed.unexpected == []


def test_every_index_is_used_or_keeps_a_rule(grown: list[Grown]) -> None:
    assert [index.name for index in tables.unused(grown)] == []


def test_what_was_found_is_told_whole(grown: list[Grown], listed: Grown) -> None:
    found = findings([*grown, listed])
    named = {row[0] for table in found.tables for row in table.rows}
    assert {path.name for each in [*grown, listed] for path in each.paths} <= named
    for plot in found.plots:
        assert {len(line.values) for line in plot.lines} == {len(plot.xs)}


def test_a_page_of_orders_reads_what_it_shows_and_one_more(listed: Grown) -> None:
    shown = orders.PAGE + 1
    assert {costs["orders: all, a page"].items_read for costs in listed.costs} == {shown}
