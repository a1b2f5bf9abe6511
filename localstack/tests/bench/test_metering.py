"""Read units are counted as AWS bills them; the examples are those of its documentation."""

from typing import Any

import pytest
from embedded.aws import client
from embedded.bench.metering import item_bytes, metered

TABLE = "bench-metering"


@pytest.fixture(scope="module")
def dynamodb(aws_endpoint: str) -> Any:
    """A table with an item of 3 KB, one of 5 KB, and a partition of ten of 1 KB."""
    made = client("dynamodb", aws_endpoint)
    made.create_table(
        TableName=TABLE,
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
    sizes = {"a": [3_000], "b": [5_000], "many": [1_000] * 10}
    for partition, each in sizes.items():
        for number, size in enumerate(each):
            item = {**key(partition, number), "body": {"B": b"x" * size}}
            made.put_item(TableName=TABLE, Item=item)
    return made


def key(partition: str, number: int = 0) -> dict[str, dict[str, str]]:
    return {"PK": {"S": partition}, "SK": {"S": str(number)}}


@pytest.mark.parametrize(
    ("partition", "strong", "units"),
    [("a", True, 1), ("a", False, 0.5), ("b", True, 2), ("b", False, 1), ("none", True, 1)],
)
def test_one_item_is_read_in_steps_of_four_kilobytes(
    dynamodb: Any, partition: str, strong: bool, units: float
) -> None:
    with metered(dynamodb) as bill:
        dynamodb.get_item(TableName=TABLE, Key=key(partition), ConsistentRead=strong)
    assert (bill.requests, bill.read_units) == ({"GetItem": 1}, units)


def test_a_batch_is_rounded_item_by_item_and_absent_ones_count(dynamodb: Any) -> None:
    keys = [key("a"), key("b"), key("none"), key("many", 1)]
    with metered(dynamodb) as bill:
        dynamodb.batch_get_item(RequestItems={TABLE: {"Keys": keys, "ConsistentRead": True}})
    assert bill.read_units == 1 + 2 + 1 + 1


def test_a_query_is_rounded_as_a_whole(dynamodb: Any) -> None:
    with metered(dynamodb) as bill:
        dynamodb.query(
            TableName=TABLE,
            KeyConditionExpression="PK = :pk",
            ExpressionAttributeValues={":pk": {"S": "many"}},
        )
    assert bill.read_units == 3 * 0.5


def test_writes_cost_what_the_table_says_and_twice_in_a_transaction(dynamodb: Any) -> None:
    item = {**key("written"), "body": {"S": "x" * 1_500}}
    with metered(dynamodb) as bill:
        dynamodb.put_item(TableName=TABLE, Item=item)
        put = {"Put": {"TableName": TABLE, "Item": item}}
        dynamodb.transact_write_items(TransactItems=[put])
        writes = [{"PutRequest": {"Item": item}}]
        dynamodb.batch_write_item(RequestItems={TABLE: writes})
    assert (bill.write_units, bill.items_written) == (2 + 4 + 2, 3)
    assert bill.total_requests == 3


def test_what_nobody_has_priced_is_not_free(dynamodb: Any) -> None:
    with metered(dynamodb), pytest.raises(NotImplementedError, match="TransactGetItems"):
        dynamodb.transact_get_items(TransactItems=[{"Get": {"TableName": TABLE, "Key": key("a")}}])


def test_nothing_is_counted_afterwards(dynamodb: Any) -> None:
    with metered(dynamodb) as bill:
        pass
    dynamodb.get_item(TableName=TABLE, Key=key("a"))
    assert bill.total_requests == 0


def test_an_item_is_as_large_as_its_names_and_values() -> None:
    item: dict[str, dict[str, Any]] = {
        "PK": {"S": "é"},  # 2 + 2
        "n": {"N": "-12.30"},  # 1 + 2 for three digits, and one each for number and sign
        "yes": {"BOOL": True},  # 3 + 1
        "list": {"L": [{"S": "ab"}, {"NULL": True}]},  # 4 + 3 + (2 + 1) + (1 + 1)
        "map": {"M": {"k": {"B": b"1234"}}},  # 3 + 3 + (1 + 4 + 1)
    }
    assert item_bytes(item) == 4 + 5 + 4 + 12 + 12
