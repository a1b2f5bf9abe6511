"""The DynamoDB table itself: plain dicts in and out, and an answer to every way a write can end.

A failed condition is an answer and never retried. Conflicts and throttling pass: they are waited
out with full jitter, at most six tries and two seconds, and then become a 503. Botocore retries
neither TransactionCanceledException nor TransactionConflictException by itself.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeVar

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

from functions.shared.observability import logger
from functions.shared.problems import ServiceUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

MAX_TRIES: Final = 6
MAX_SECONDS: Final = 2.0
_FIRST_WAIT_SECONDS: Final = 0.05

_PASSING_REASONS: Final = {
    "TransactionConflict",
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
}
_PASSING_ERRORS: Final = {
    "TransactionConflictException",
    "TransactionInProgressException",
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "InternalServerError",
    "ServiceUnavailable",
}
_FAILED: Final = "ConditionalCheckFailed"

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize

Answer = TypeVar("Answer")


class Refused(Exception):  # noqa: N818 - an answer, not an error
    """Conditions failed: `items` has, by the write's place, what was there (None: not told)."""

    def __init__(self, items: dict[int, dict[str, Any] | None]) -> None:
        super().__init__(f"refused at {sorted(items)}")
        self.items = items


def marshal(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _serialize(_to_stored(value)) for name, value in item.items()}


def unmarshal(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _from_stored(_deserialize(value)) for name, value in item.items()}


def _to_stored(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, list | tuple):
        return [_to_stored(each) for each in value]
    # An enumeration's member is written as its text.
    return str(value) if isinstance(value, str) else value


def _from_stored(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list):
        return [_from_stored(each) for each in value]
    # Bytes come as boto3's Binary, which only wraps them.
    return getattr(value, "value", value)


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

    def transact(self, writes: list[dict[str, Any]]) -> None:
        """Every write or none. Raises Refused if a condition fails; nothing is written then."""
        try:
            self._run(lambda: self._client.transact_write_items(TransactItems=writes))  # type: ignore[arg-type]
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

    def write(self, kind: str, write: dict[str, Any]) -> None:
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
        for start in range(0, len(queue), 25):
            pending: Any = {self.name: queue[start : start + 25]}

            def write() -> bool:
                nonlocal pending
                answer = self._client.batch_write_item(RequestItems=pending)
                pending = answer.get("UnprocessedItems")
                return not pending

            self._run_until_done(write)

    def _run_until_done(self, batch: Callable[[], bool]) -> None:
        """Repeat a batch for what the table left over, as patiently as for throttling."""

        def run() -> None:
            if not batch():
                raise _LeftOver

        self._run(run)

    def _run(self, call: Callable[[], Answer]) -> Answer:
        started = time.monotonic()
        for tries in range(1, MAX_TRIES + 1):
            try:
                return call()
            except _LeftOver:
                passing: Exception | None = None
            except ClientError as error:
                if not _passes(error):
                    raise
                passing = error
            except BotoCoreError as error:
                # Timed out or cut off, after botocore's own retries.
                logger.exception("the table did not answer")
                raise ServiceUnavailable.retry_after(1, "The seats did not answer.") from error
            wait = random.uniform(0, _FIRST_WAIT_SECONDS * 2**tries)  # noqa: S311 - jitter
            if tries == MAX_TRIES or time.monotonic() - started + wait > MAX_SECONDS:
                logger.warning("the table is contended", extra={"tries": tries})
                raise ServiceUnavailable.retry_after(1, "Too many are at it.") from passing
            self._sleep(wait)
        raise AssertionError("unreachable: the last try returns or raises")


class _LeftOver(Exception):  # noqa: N818
    """The table did part of a batch."""


def _passes(error: ClientError) -> bool:
    """Whether the same call may go through in a moment: nothing was refused by a condition."""
    code = error.response["Error"]["Code"]
    if code != "TransactionCanceledException":
        return code in _PASSING_ERRORS
    reasons: Any = error.response.get("CancellationReasons", [])
    codes = {reason.get("Code") for reason in reasons} - {None, "None"}
    return bool(codes) and codes <= _PASSING_REASONS
