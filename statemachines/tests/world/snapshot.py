"""Every byte that is stored, to be compared with what is stored later."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Engine, inspect, text

from statemachines.tests.world.tables import ORDERS, SEATING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

    from statemachines.tests.world.world import World

# By its name in whichever store, and its key there.
Snapshot = Mapping[str, bytes]

# Which migrations were run, as Alembic notes it.
_MARKER: Final = "alembic_version"


def snapshot(world: "World") -> Snapshot:
    """Every item of both tables and every row of every table of the books and the provider's."""
    return taken(world.table, (SEATING, ORDERS), world.engine)


def taken(client: "DynamoDBClient", tables: Iterable[str], engine: Engine) -> Snapshot:
    """The same of any tables and any database."""
    return dict([*_items(client, tables), *_rows(engine)])


def differences(before: Snapshot, after: Snapshot) -> list[str]:
    """What is not the same byte for byte, a line each: which item or row, and what of it."""
    return [
        f"{name}: {_named(before.get(name), after.get(name))}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def _items(client: "DynamoDBClient", tables: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for table in tables:
        for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
            for item in page["Items"]:
                name = f"{table}/{item['PK']['S']}/{item['SK']['S']}"
                yield name, _bytes({key: _plain(value) for key, value in item.items()})


def _rows(engine: Engine) -> Iterator[tuple[str, bytes]]:
    with engine.connect() as connection:
        for table, keys in _tables(engine).items():
            rows = connection.execute(text(f"SELECT row_to_json(t)::text FROM {table} t"))
            for row in rows.scalars():
                found = json.loads(row)
                name = "/".join(str(found[key]) for key in keys)
                yield f"{table}/{name}", _bytes(found)


@cache
def _tables(engine: Engine) -> dict[str, list[str]]:
    """Each table of the database, and what its rows are told apart by."""
    catalogue = inspect(engine)
    return {
        table: catalogue.get_pk_constraint(table)["constrained_columns"]
        for table in catalogue.get_table_names()
        if table != _MARKER
    }


def _plain(value: Any) -> Any:
    """Sets have no order, and bytes are no JSON."""
    ((kind, inner),) = value.items()
    if kind.endswith("S") and isinstance(inner, list):
        return {kind: sorted(map(str, inner))}
    return {kind: inner.hex() if isinstance(inner, bytes) else inner}


def _bytes(found: Mapping[str, Any]) -> bytes:
    return json.dumps(found, sort_keys=True, separators=(",", ":"), default=repr).encode()


def _named(before: bytes | None, after: bytes | None) -> str:
    if before is None or after is None:
        return "is new" if before is None else "is gone"
    old, new = json.loads(before), json.loads(after)
    changed = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
    return ", ".join(f"{key} {old.get(key)} -> {new.get(key)}" for key in changed)
