"""An emulated DynamoDB of our own with seating's table in it, to count calls of our own on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from embedded.aws import client
from embedded.config import HOST, free_port
from embedded.processes import await_answer, start_module, stop
from functions.seating.store.store import Store

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_NAME: Final = "bench-seating"
_START_SECONDS: Final = 30


@contextmanager
def counted_store(folder: Path) -> Iterator[Store]:
    """A store on an empty table; its emulator ends with it."""
    port, log = free_port(), folder / "emulator.log"
    process = start_module("embedded.emulator", ["--port", str(port)], log)
    try:
        endpoint = f"http://{HOST}:{port}"
        await_answer(f"{endpoint}/_ministack/health", process, _START_SECONDS, log)
        yield seating_store(client("dynamodb", endpoint))
    finally:
        stop(process)


def seating_store(dynamodb: "DynamoDBClient") -> Store:
    """A store on a new table with the keys that the templates give it."""
    dynamodb.create_table(
        TableName=_NAME,
        KeySchema=[
            {"AttributeName": "PK", "KeyType": "HASH"},
            {"AttributeName": "SK", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "PK", "AttributeType": "S"},
            {"AttributeName": "SK", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return Store(dynamodb, _NAME)
