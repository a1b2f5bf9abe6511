"""Every read and write against how much there is: 10 to 10,000 events, 100 to 100,000 orders."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sqlalchemy import Engine

from embedded.bench.findings import Bench, Findings, Goal
from embedded.bench.growth import (
    catalog,
    orders,
    orders_table,
    outbox,
    payments,
    plots,
    tables,
    users,
)
from embedded.bench.growth.databases import Databases, server
from embedded.bench.growth.grown import Grown
from embedded.bench.growth.measuring import Cost, sql_costs, table_costs
from embedded.bench.growth.paths import Path
from functions.shared.dynamodb import Table

NAME: Final = "growth"
EVENTS: Final = (10, 100, 1_000, 10_000)
ORDERS: Final = (100, 1_000, 10_000, 100_000)
ROUNDS: Final = 3
# The emulator looks through whole tables; what our own processor does is told from few.
TABLE_ROUNDS: Final = 1

_TEXT: Final = """\
Databases are filled by SQL, a table of orders through the emulator's own state, and our store
functions called in this process (`localstack/embedded/bench/growth/`). There are as many venues as
events, and as many users, audit entries, payments and answers as orders; what belongs to one
customer, event or day is the same at every size. Each statement is explained where it is made, with
EXPLAIN (ANALYZE, BUFFERS). What counts is work: rows looked at and pages touched in Postgres, units
and items looked at in DynamoDB. The exponent is that of a power of the size, between the last two:
0 is flat, 1 is in proportion.

A search is for a part of a text, which no plain index knows: it goes along the dates until a page
is full, so that words that few events have are looked for in all of them. An index of trigrams
(`pg_trgm`) would find them, but the Postgres that runs without being installed has no such
extension, and one schema is for all. What it would save is in the table: milliseconds, at 10,000
events. The outbox is read whole only while a receiver is away and its messages wait."""

_SQL: Final[Mapping[str, tuple[Callable[[Engine, int], list[Path]], Sequence[int]]]] = {
    "catalog": (catalog.paths, EVENTS),
    "outbox": (outbox.paths, EVENTS),
    "users": (users.paths, ORDERS),
    "payments": (payments.paths, ORDERS),
}


def measure(bench: Bench) -> Findings:
    with server(bench.folder) as postgres:
        databases = Databases(postgres)
        grown = [sql_grown(databases, kind, sizes) for kind, (_, sizes) in _SQL.items()]
    with orders_table.emulated(bench.folder, ORDERS) as dynamodb:
        costs: list[dict[str, Cost]] = []
        for size in ORDERS:
            table = Table(dynamodb, orders_table.name_of(size))
            costs.append(table_costs(dynamodb, orders.paths(table, size), TABLE_ROUNDS))
        paths = orders.paths(table, size)
    return findings([*grown, Grown("orders", ORDERS, paths, costs)])


def sql_grown(databases: Databases, kind: str, sizes: Sequence[int], rounds: int = ROUNDS) -> Grown:
    """What a kind of filling makes each path cost, size by size."""
    make, _ = _SQL[kind]
    costs: list[dict[str, Cost]] = []
    for size in sizes:
        with databases.of(kind, size) as (engine, database):
            paths = make(engine, size)
            costs.append(sql_costs(engine, paths, rounds))
            engine.dispose()
            indexes = databases.indexes(database)
    return Grown(kind, sizes, paths, costs, indexes)


def findings(grown: Sequence[Grown]) -> Findings:
    return Findings(
        "Growth",
        _TEXT,
        [_flat(grown), _scans(grown), _indexes(grown)],
        [
            *(tables.costs(each) for each in grown),
            tables.growing(grown),
            tables.indexes(grown),
        ],
        [plots.work(each) for each in grown if each.name in ("catalog", "payments")],
    )


def _flat(grown: Sequence[Grown]) -> Goal:
    wrong = [name for each in grown for name in each.unexpected]
    count = sum(len(each.paths) for each in grown)
    flat = sum(len(each.flat) for each in grown)
    seen = f"{flat} of {count} flat" + "".join(f"; {name}" for name in wrong)
    return Goal("What should be flat and grows", "none", seen, not wrong)


def _scans(grown: Sequence[Grown]) -> Goal:
    found = [f"{name} ({', '.join(seen)})" for each in grown for name, seen in each.hot_scans]
    return Goal("Sequential scans on hot paths", "none", "; ".join(found) or "none", not found)


def _indexes(grown: Sequence[Grown]) -> Goal:
    unused = sorted({index.name for index in tables.unused(grown)})
    return Goal("Indexes that nothing uses", "none", ", ".join(unused) or "none", not unused)
