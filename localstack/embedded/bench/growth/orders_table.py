"""Tables of orders in an emulated DynamoDB of our own.

A hundredth of the orders is one event's, and every customer has as many as ever.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from hashlib import md5
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from embedded.aws import client
from embedded.bench.growth.filling import BEGIN, ORDERS_OF_A_CUSTOMER
from embedded.config import HOST, free_port
from embedded.errors import StackError
from embedded.processes import await_answer, start_module, stop
from functions.orders.domain import Amounts, Line, Order, OrderStatus
from functions.orders.items import item_of_placed
from functions.shared.marshalling import marshal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

# The one event that has a hundredth of all orders.
LARGE_EVENT: Final = 1
_LARGE_SHARE: Final = 100
_BATCH: Final = 25
_START_SECONDS: Final = 30
_INDEXES: Final = {"byUser": "ALL", "byEvent": "ALL", "open": "KEYS_ONLY"}


@contextmanager
def emulated(folder: Path, sizes: Sequence[int]) -> Iterator["DynamoDBClient"]:
    """One with a table for each number of orders; it ends with this.

    A hundred thousand writes would take it minutes. So it is ended once, which makes it write down
    what it has, and finds the orders there when it starts again.
    """
    state = folder / "growth-aws"
    with _started(state, folder) as dynamodb:
        for size in sizes:
            create(dynamodb, name_of(size))
    kept = state / "services" / "dynamodb.json"
    written = json.loads(kept.read_text())
    for key, table in written["payload"]["tables"]["data"].items():
        for size in sizes:
            if key.endswith(repr(name_of(size))):
                table["items"] = _items(range(size))
    kept.write_text(json.dumps(written))
    with _started(state, folder) as dynamodb:
        yield dynamodb


@contextmanager
def _started(state: Path, folder: Path) -> Iterator["DynamoDBClient"]:
    port, log = free_port(), folder / "growth-emulator.log"
    command = ["--port", str(port), "--state", str(state)]
    process = start_module("embedded.emulator", command, log)
    try:
        endpoint = f"http://{HOST}:{port}"
        await_answer(f"{endpoint}/_ministack/health", process, _START_SECONDS, log)
        yield client("dynamodb", endpoint)
    finally:
        stop(process)


def name_of(size: int) -> str:
    return f"growth-orders-{size}"


def _items(numbers: range) -> dict[str, dict[str, Any]]:
    """By partition and place, as the emulator keeps them."""
    items = map(_item, numbers)
    return {item["PK"]["S"]: {item["SK"]["S"]: item} for item in items}


def create(dynamodb: "DynamoDBClient", name: str) -> None:
    """A table with the keys and indexes that the templates give to orders'."""
    keys = [f"GSI{number}{part}" for number, _ in enumerate(_INDEXES, 1) for part in ("PK", "SK")]
    indexes: list[Any] = [
        {
            "IndexName": index,
            "KeySchema": _keys(f"GSI{number}"),
            "Projection": {"ProjectionType": projection},
        }
        for number, (index, projection) in enumerate(_INDEXES.items(), 1)
    ]
    dynamodb.create_table(
        TableName=name,
        KeySchema=_keys(""),
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": "S"} for key in ("PK", "SK", *keys)
        ],
        GlobalSecondaryIndexes=indexes,
        BillingMode="PAY_PER_REQUEST",
    )


def fill(dynamodb: "DynamoDBClient", name: str, size: int) -> None:
    """By the batch, with so many orders that were confirmed long ago."""
    items = list(map(_item, range(size)))
    for start in range(0, size, _BATCH):
        puts: Any = [{"PutRequest": {"Item": item}} for item in items[start : start + _BATCH]]
        answer = dynamodb.batch_write_item(RequestItems={name: puts})
        if answer["UnprocessedItems"]:
            raise StackError("The emulator left some of a batch.")


def order_id_of(number: int) -> str:
    return str(UUID(md5(f"order{number}".encode(), usedforsecurity=False).hexdigest()))


def order(number: int, order_id: str) -> Order:
    """A new order for two seats, the customer's and event's by its number."""
    at = BEGIN + timedelta(minutes=number)
    return Order(
        order_id=order_id,
        user_id=1 + number // ORDERS_OF_A_CUSTOMER,
        event_id=LARGE_EVENT if number % _LARGE_SHARE == 0 else 2 + number // 100,
        organizer_id=1,
        reservation_id=order_id,
        lines=tuple(Line(seat, "Stalls", "1", str(seat), 2_000) for seat in (1, 2)),
        amounts=Amounts(4_000, 200, 4_200),
        currency="INR",
        request_hash="0" * 64,
        expires_at=at + timedelta(minutes=15),
        created_at=at,
        updated_at=at,
    )


def _item(number: int) -> Mapping[str, Any]:
    item = item_of_placed(order(number, order_id_of(number)))
    settled = {"status": OrderStatus.CONFIRMED, "paymentId": "p", "paymentStatus": "SUCCESS"}
    return marshal({name: item[name] for name in item if not name.startswith("GSI3")} | settled)


def _keys(index: str) -> Any:
    return [
        {"AttributeName": f"{index}PK", "KeyType": "HASH"},
        {"AttributeName": f"{index}SK", "KeyType": "RANGE"},
    ]
