"""A DynamoDB table: plain dicts in and out, and an answer to every way a write can end.

A failed condition is an answer, `Refused`, and never retried. Conflicts and throttling are waited
out (patience.py).
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from functions.shared.marshalling import marshal, unmarshal
from functions.shared.patience import patiently

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_FAILED: Final = "ConditionalCheckFailed"

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
        self.client = client
        self.name = name
        self._sleep = sleep

    def get(self, key: Mapping[str, str], *, consistent: bool = True) -> dict[str, Any] | None:
        answer = self.run(
            lambda: self.client.get_item(
                TableName=self.name, Key=marshal(key), ConsistentRead=consistent
            )
        )
        item = answer.get("Item")
        return None if item is None else unmarshal(item)

    def query(
        self,
        partition: str,
        *,
        begins_with: str | None = None,
        only: Sequence[str] = (),
        consistent: bool = False,
    ) -> Iterator[dict[str, Any]]:
        """All items of a partition, every page of them; whole, or `only` these attributes."""
        request: dict[str, Any] = {
            "TableName": self.name,
            "ConsistentRead": consistent,
            "KeyConditionExpression": "PK = :pk",
            "ExpressionAttributeValues": {":pk": {"S": partition}},
        }
        if begins_with is not None:
            request["KeyConditionExpression"] += " AND begins_with(SK, :sk)"
            request["ExpressionAttributeValues"][":sk"] = {"S": begins_with}
        if only:
            # Some of them are reserved words.
            request["ProjectionExpression"] = ", ".join(f"#{name}" for name in only)
            request["ExpressionAttributeNames"] = {f"#{name}": name for name in only}
        while True:
            page = self.run(lambda: self.client.query(**request))
            yield from map(unmarshal, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def query_page(self, **asked: Any) -> Page:
        """One page of a Query, spelled as DynamoDB does but with plain keys and values."""
        return self.page(lambda **request: self.client.query(**request), asked)

    def page(self, read: Callable[..., Any], asked: Mapping[str, Any]) -> Page:
        """One page of what a client's Query or Scan reads, likewise."""
        request: dict[str, Any] = {"TableName": self.name, **asked}
        for name in ("ExpressionAttributeValues", "ExclusiveStartKey"):
            if name in request:
                request[name] = marshal(request[name])
        answer = self.run(lambda: read(**request))
        last_key = answer.get("LastEvaluatedKey")
        return Page(
            [unmarshal(item) for item in answer["Items"]],
            None if last_key is None else unmarshal(last_key),
        )

    def transact(self, writes: Sequence[Mapping[str, Any]]) -> None:
        """Every write or none. Raises Refused if a condition fails; nothing is written then."""
        items: Any = list(writes)
        try:
            self.run(lambda: self.client.transact_write_items(TransactItems=items))
        except self.client.exceptions.TransactionCanceledException as error:
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
            "Put": self.client.put_item,
            "Update": self.client.update_item,
            "Delete": self.client.delete_item,
        }
        try:
            self.run(lambda: operations[kind](**write))
        except self.client.exceptions.ConditionalCheckFailedException as error:
            item: Any = error.response.get("Item")
            raise Refused({0: unmarshal(item) if item else None}) from error

    def run(self, call: Callable[[], Answer]) -> Answer:
        """Call the table, waiting out what passes. Raises ServiceUnavailable."""
        return patiently(call, self._sleep)
