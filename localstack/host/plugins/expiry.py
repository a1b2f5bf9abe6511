"""Deletes expired items from moto's tables, which keep them for ever."""

import time
from collections.abc import Iterator

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table

# Who deletes, as AWS says it in the stream's record.
_REAPER = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}


def delete_expired_items(now: float | None = None) -> int:
    """Delete every item whose time to live is over, into its table's stream; how many there were.

    Whoever calls it holds the tables' lock, so no item is renewed meanwhile.
    """
    at = time.time() if now is None else now
    deleted = 0
    for table, attribute in list(_tables_with_expiry()):
        for item in list(table.all_items()):
            value = item.attrs.get(attribute)
            # Only a Number of epoch seconds expires, on AWS too.
            if value is None or value.type != "N" or float(value.value) > at:
                continue
            table.delete_item(item.hash_key, item.range_key)
            if table.stream_shard is not None:
                table.stream_shard.items[-1].record["userIdentity"] = _REAPER
            deleted += 1
    return deleted


def _tables_with_expiry() -> Iterator[tuple[Table, str]]:
    for regions in list(dynamodb_backends.values()):
        for backend in list(regions.values()):
            for table in list(backend.tables.values()):
                if table.ttl.get("TimeToLiveStatus") == "ENABLED":
                    yield table, table.ttl["AttributeName"]
