"""Holds what a handler does to its table, in any test, to what its templates let it do on AWS.

Emulators ask nobody for rights, so one too few would only be missed there.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.table_rights import TABLE_RIGHTS, TableRights

_KEY = "PK"


class NotGrantedError(AssertionError):
    """A handler did what its function may not do."""


def watch(client: Any, handler: str) -> None:
    """From now on, each call of this client is one that the handler's function may make.

    `handler` is a module's name: `functions.seating.events`. Raises NotGrantedError at the call.
    """
    function = "-".join(handler.split(".")[1:])
    rights = TABLE_RIGHTS[function]

    def check(params: Mapping[str, Any], model: Any, **_: Any) -> None:
        for right, partition in needed(model.name, params):
            if not _allowed(rights, right, partition):
                raise NotGrantedError(f"{function} may not {right} on {partition}.")

    client.meta.events.register("provide-client-params.dynamodb.*", check)


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
