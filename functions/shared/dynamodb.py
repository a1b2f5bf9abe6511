"""A DynamoDB table: plain dicts in and out, and an answer to every way a write can end.

A failed condition is an answer, `Refused`, and never retried. Conflicts and throttling are waited
out (patience.py).
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from functions.shared.marshalling import marshal, unmarshal
from functions.shared.patience import LeftOver, patiently

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_FAILED: Final = "ConditionalCheckFailed"
_BATCH: Final = 25  # BatchWriteItem takes so many items a call.

Answer = TypeVar("Answer")


class Refused(Exception):  # noqa: N818 - an answer, not an error
    """Conditions failed: `items` has, by the write's place, what was there (None: not told)."""

    def __init__(self, items: dict[int, dict[str, Any] | None]) -> None:
        super().__init__(f"refused at {sorted(items)}")
        self.items = items


class Page(NamedTuple):
    """`last_key` is where the next page starts; None on the last one."""

    items: list[dict[str, Any]]
    last_key: dict[str, Any] | None


class Table:
    """`sleep` is an argument so that a test need not wait."""

    def __init__(
        self,
        client: "DynamoDBClient",
        name: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self.name = name
        self._sleep = sleep

    def get(self, key: Mapping[str, str], *, consistent: bool = True) -> dict[str, Any] | None:
        answer = self._run(
            lambda: self._client.get_item(
                TableName=self.name, Key=marshal(key), ConsistentRead=consistent
            )
        )
        item = answer.get("Item")
        return None if item is None else unmarshal(item)

    def get_all(self, keys: Iterable[Mapping[str, str]]) -> list[dict[str, Any]]:
        """The items of up to 100 keys that are there, read strongly, in no order."""
        pending: Any = {self.name: {"Keys": [marshal(key) for key in keys]}}
        found: list[dict[str, Any]] = []

        def read() -> bool:
            nonlocal pending
            pending[self.name]["ConsistentRead"] = True
            answer = self._client.batch_get_item(RequestItems=pending)
            found.extend(unmarshal(item) for item in answer["Responses"].get(self.name, []))
            pending = answer.get("UnprocessedKeys")
            return not pending

        if pending[self.name]["Keys"]:
            self._run_until_done(read)
        return found

    def query(
        self, partition: str, *, begins_with: str | None = None, consistent: bool = False
    ) -> Iterator[dict[str, Any]]:
        """All items of a partition, every page of them."""
        request: dict[str, Any] = {
            "TableName": self.name,
            "ConsistentRead": consistent,
            "KeyConditionExpression": "PK = :pk",
            "ExpressionAttributeValues": {":pk": {"S": partition}},
        }
        if begins_with is not None:
            request["KeyConditionExpression"] += " AND begins_with(SK, :sk)"
            request["ExpressionAttributeValues"][":sk"] = {"S": begins_with}
        while True:
            page = self._run(lambda: self._client.query(**request))
            yield from map(unmarshal, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def query_page(self, **asked: Any) -> Page:
        """One page of a Query, spelled as DynamoDB does but with plain keys and values."""
        return self._page(self._client.query, asked)

    def scan_page(self, **asked: Any) -> Page:
        """One page of a Scan, likewise."""
        return self._page(self._client.scan, asked)

    def transact(self, writes: Sequence[Mapping[str, Any]]) -> None:
        """Every write or none. Raises Refused if a condition fails; nothing is written then."""
        items: Any = list(writes)
        try:
            self._run(lambda: self._client.transact_write_items(TransactItems=items))
        except self._client.exceptions.TransactionCanceledException as error:
            reasons: Any = error.response["CancellationReasons"]
            failed = {
                place: unmarshal(reason["Item"]) if "Item" in reason else None
                for place, reason in enumerate(reasons)
                if reason.get("Code") == _FAILED
            }
            if not failed:
                raise
            raise Refused(failed) from error

    def write(self, kind: str, write: Mapping[str, Any]) -> None:
        """One write alone: `kind` is Put, Update or Delete. Raises Refused."""
        operations: dict[str, Callable[..., Any]] = {
            "Put": self._client.put_item,
            "Update": self._client.update_item,
            "Delete": self._client.delete_item,
        }
        try:
            self._run(lambda: operations[kind](**write))
        except self._client.exceptions.ConditionalCheckFailedException as error:
            item: Any = error.response.get("Item")
            raise Refused({0: unmarshal(item) if item else None}) from error

    def put_all(self, items: Iterable[Mapping[str, Any]]) -> None:
        """Write many items, one by one as far as others can see."""
        self._write_all({"PutRequest": {"Item": marshal(item)}} for item in items)

    def delete_all(self, keys: Iterable[Mapping[str, str]]) -> None:
        self._write_all({"DeleteRequest": {"Key": marshal(key)}} for key in keys)

    def _write_all(self, requests: Iterable[dict[str, Any]]) -> None:
        queue = list(requests)
        for start in range(0, len(queue), _BATCH):
            pending: Any = {self.name: queue[start : start + _BATCH]}

            def write() -> bool:
                nonlocal pending
                answer = self._client.batch_write_item(RequestItems=pending)
                pending = answer.get("UnprocessedItems")
                return not pending

            self._run_until_done(write)

    def _page(self, read: Callable[..., Any], asked: Mapping[str, Any]) -> Page:
        request: dict[str, Any] = {"TableName": self.name, **asked}
        for name in ("ExpressionAttributeValues", "ExclusiveStartKey"):
            if name in request:
                request[name] = marshal(request[name])
        answer = self._run(lambda: read(**request))
        last_key = answer.get("LastEvaluatedKey")
        return Page(
            [unmarshal(item) for item in answer["Items"]],
            None if last_key is None else unmarshal(last_key),
        )

    def _run_until_done(self, batch: Callable[[], bool]) -> None:
        """Repeat a batch for what the table left over, as patiently as for throttling."""

        def run() -> None:
            if not batch():
                raise LeftOver

        self._run(run)

    def _run(self, call: Callable[[], Answer]) -> Answer:
        return patiently(call, self._sleep)
