"""Answers that a real table gives under load and an emulator does not, put in its mouth."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class _Body(BytesIO):
    """As urllib3 hands a body to botocore."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def refusal(code: str, *reasons: str, status: int = 400) -> AWSResponse:
    """An error of this code; for a cancelled transaction, with the reason for each write."""
    document: dict[str, Any] = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}"}
    if reasons:
        document["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return reply(document, status)


def reply(document: dict[str, Any], status: int = 200) -> AWSResponse:
    headers: Any = {"content-type": "application/x-amz-json-1.0"}
    return AWSResponse("http://table", status, headers, _Body(json.dumps(document).encode()))


@contextmanager
def answering(
    client: "DynamoDBClient", operation: str, *answers: AWSResponse
) -> Iterator[list[int]]:
    """The next calls of this operation get these answers; then the table answers again.

    Yields a list that grows by one with each call.
    """
    pending = list(answers)
    calls: list[int] = []

    def answer(**_: Any) -> Any:
        calls.append(1)
        return pending.pop(0) if pending else None

    event = f"before-send.dynamodb.{operation}"
    client.meta.events.register_first(event, answer)
    try:
        yield calls
    finally:
        client.meta.events.unregister(event, answer)


@contextmanager
def losing_the_answer(client: "DynamoDBClient", operation: str) -> Iterator[None]:
    """The table does what it is asked, and nobody is told."""

    def lose(**_: Any) -> None:
        raise ReadTimeoutError(endpoint_url="http://table")

    event = f"after-call.dynamodb.{operation}"
    client.meta.events.register(event, lose)
    try:
        yield
    finally:
        client.meta.events.unregister(event, lose)
