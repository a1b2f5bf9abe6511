"""The mend of moto's transactions: every write or none, at the cost of the items they write.

Upstream copies all tables before each, and puts the copies in their place when it is cancelled: 0.7
transactions a second at 20,000 items. And whoever reads a stream goes on reading the tables that
were put aside, to which nothing is written any more.
"""

import copy
from types import SimpleNamespace
from typing import Any

from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table


class _Before:
    """One item as it was before a transaction, and where its table's stream ended."""

    def __init__(self, backend: DynamoDBBackend, write: dict[str, Any]) -> None:
        table: Table = backend.get_table(write["TableName"])
        self._table = table
        keys = write.get("Key") or write["Item"]
        self._hash = DynamoType(keys[table.hash_key_attr])
        self._range = DynamoType(keys[table.range_key_attr]) if table.range_key_attr else None
        # An update changes the item itself.
        self._item = copy.deepcopy(self._found())
        self._told = len(table.stream_shard.items) if table.stream_shard else 0

    def restore(self) -> None:
        """Put the item back, and take back what the stream was told."""
        items, key = self._table.items, self._hash
        if self._range is not None:
            items, key = items[self._hash], self._range
        if self._item is None:
            items.pop(key, None)
        else:
            items[key] = self._item
        if self._table.stream_shard:
            del self._table.stream_shard.items[self._told :]

    def _found(self) -> Item | None:
        found = self._table.items.get(self._hash)
        return found.get(self._range) if found is not None and self._range is not None else found


def copy_only_what_is_written() -> None:
    """Apply the mend. Each call must hold the lock that every other call holds (`dynamodb.py`)."""
    upstream = DynamoDBBackend.transact_write_items

    def transact(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        before = [_Before(backend, write) for item in transact_items for write in item.values()]
        try:
            upstream(backend, transact_items)
        except Exception:
            for one in before:
                one.restore()
            raise

    def deepcopy(whole: Any) -> Any:
        are_tables = isinstance(whole, dict) and all(
            isinstance(one, Table) for one in whole.values()
        )
        return whole if are_tables else copy.deepcopy(whole)

    # Upstream's own copy and restoration then do nothing.
    models.copy = SimpleNamespace(deepcopy=deepcopy)
    DynamoDBBackend.transact_write_items = transact
