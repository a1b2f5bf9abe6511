"""A DynamoDB table: plain dicts in and out, and an answer to every way a write can end.

A failed condition is an answer and never retried. Conflicts and throttling pass: they are waited
out with full jitter, at most six tries and two seconds, and then become a 503. Botocore retries
neither TransactionCanceledException nor TransactionConflictException by itself.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

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
    """Conditions failed: `places` are those of the writes that were refused."""

    def __init__(self, places: set[int]) -> None:
        super().__init__(f"refused at {sorted(places)}")
        self.places = places


class Page(NamedTuple):
    """`last_key` is where the next page starts; None on the last one."""

    items: list[dict[str, Any]]
    last_key: dict[str, Any] | None


def marshal(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item with its types spelled out. Numbers are integers here."""
    return {name: _serialize(_to_stored(value)) for name, value in item.items()}


def unmarshal(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _from_stored(_deserialize(value)) for name, value in item.items()}


def _to_stored(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_to_stored(each) for each in value]
    # An enumeration's member is written as its text.
    return str(value) if isinstance(value, str) else value


def _from_stored(value: Any) -> Any:
    if isinstance(value, list):
        return [_from_stored(each) for each in value]
    return int(value) if isinstance(value, Decimal) else value


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

    def query(self, **asked: Any) -> Iterator[dict[str, Any]]:
        """The items of every page of a Query."""
        while True:
            page = self.query_page(**asked)
            yield from page.items
            if page.last_key is None:
                return
            asked["ExclusiveStartKey"] = page.last_key

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
            reasons = error.response["CancellationReasons"]
            failed = {
                place for place, reason in enumerate(reasons) if reason.get("Code") == _FAILED
            }
            if not failed:
                raise
            raise Refused(failed) from error

    def update(self, write: Mapping[str, Any]) -> None:
        """One update alone. Raises Refused if its condition fails."""
        try:
            self._run(lambda: self._client.update_item(**write))
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise Refused({0}) from error

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

    def _run(self, call: Callable[[], Answer]) -> Answer:
        started = time.monotonic()
        for tries in range(1, MAX_TRIES + 1):
            try:
                return call()
            except ClientError as error:
                if not _passes(error):
                    raise
                passing = error
            except BotoCoreError as error:
                # Timed out or cut off, after botocore's own retries.
                logger.exception("the table did not answer")
                raise ServiceUnavailable.retry_after(1, "The table did not answer.") from error
            wait = random.uniform(0, _FIRST_WAIT_SECONDS * 2**tries)  # noqa: S311 - jitter
            if tries == MAX_TRIES or time.monotonic() - started + wait > MAX_SECONDS:
                logger.warning("the table is contended", extra={"tries": tries})
                raise ServiceUnavailable.retry_after(1, "Too many are at it.") from passing
            self._sleep(wait)
        raise AssertionError("unreachable: the last try returns or raises")


def _passes(error: ClientError) -> bool:
    """Whether the same call may go through in a moment: nothing was refused by a condition."""
    code = error.response["Error"]["Code"]
    if code != "TransactionCanceledException":
        return code in _PASSING_ERRORS
    reasons: Any = error.response.get("CancellationReasons", [])
    codes = {reason.get("Code") for reason in reasons} - {None, "None"}
    return bool(codes) and codes <= _PASSING_REASONS
