"""Holds what a handler does to its table, in any test, to what its templates let it do on AWS.

Emulators ask nobody for rights, so one too few would only be missed there.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.table_rights import TABLE_RIGHTS, TableRights

_KEY = "PK"


class NotGrantedError(AssertionError):
    """A handler did what its function may not do."""


class WatchedClient:
    """A DynamoDB client for one handler, which makes no call that its function may not make.

    `handler` is a module's name: `functions.seating.events`. The client itself may be others', too.
    """

    def __init__(self, client: Any, handler: str) -> None:
        self._client = client
        self._function = "-".join(handler.split(".")[1:])
        self._rights = TABLE_RIGHTS[self._function]

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        operation = self._client.meta.method_to_api_mapping.get(name)
        if operation is None:
            return found

        def call(**params: Any) -> Any:
            for right, partition in needed(operation, params):
                if not _allowed(self._rights, right, partition):
                    raise NotGrantedError(f"{self._function} may not {right} on {partition}.")
            return found(**params)

        return call


def needed(operation: str, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The rights a call needs, each with the partition it needs it for: an index and a scan are
    rights of their own, to all there is.
    """
    match operation:
        case "TransactWriteItems":
            for write in params["TransactItems"]:
                [(kind, item)] = write.items()
                yield f"dynamodb:{kind}Item", _partition(item)
        case "BatchGetItem" | "BatchWriteItem":
            for asked in params["RequestItems"].values():
                for item in asked["Keys"] if "Keys" in asked else _written(asked):
                    yield f"dynamodb:{operation}", item[_KEY]["S"]
        case "Query" if "IndexName" not in params:
            # Ours all name the partition so.
            yield "dynamodb:Query", params["ExpressionAttributeValues"][":pk"]["S"]
        case "Query" | "Scan":
            yield params.get("IndexName", "scan"), ""
        case _:
            yield f"dynamodb:{operation}", _partition(params)


def _written(requests: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The keys, with or without the rest, that a batch writes."""
    for request in requests:
        [item] = request.values()
        yield item.get("Item") or item["Key"]


def _partition(item: Mapping[str, Any]) -> str:
    partition: str = (item.get("Item") or item["Key"])[_KEY]["S"]
    return partition


def _allowed(rights: TableRights, right: str, partition: str) -> bool:
    if right == "scan":
        return rights.scans
    return right in rights.indexes or rights.allow(right, partition)
