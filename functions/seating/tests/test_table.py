"""How a write ends: done, refused for a reason, or too contended for now."""

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from functions.seating.problems import SeatsUnavailable
from functions.seating.store.store import Store
from functions.seating.tests.faults import answering, refusal, reply
from functions.seating.tests.shows import Show, new_id
from functions.shared.batches import BatchTable
from functions.shared.dynamodb import Refused, Table
from functions.shared.marshalling import marshal, unmarshal
from functions.shared.patience import MAX_SECONDS, MAX_TRIES
from functions.shared.problems import ServiceUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

CANCELLED = "TransactionCanceledException"


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def patient(dynamodb: "DynamoDBClient", table_name: str, waits: list[float]) -> BatchTable:
    """The table, without really waiting."""
    return BatchTable(dynamodb, table_name, waits.append)


def a_put(table: Table) -> list[dict[str, Any]]:
    item = marshal({"PK": f"TRY#{new_id()}", "SK": "x"})
    return [{"Put": {"TableName": table.name, "Item": item}}]


@pytest.mark.parametrize(
    "passing",
    [
        refusal(CANCELLED, "None", "TransactionConflict"),
        refusal(CANCELLED, "ThrottlingError", "TransactionConflict"),
        refusal(CANCELLED, "ProvisionedThroughputExceeded"),
        refusal("TransactionInProgressException"),
        refusal("ThrottlingException"),
        refusal("ProvisionedThroughputExceededException"),
    ],
)
def test_a_conflict_or_a_throttle_is_waited_out(
    patient: BatchTable, dynamodb: "DynamoDBClient", waits: list[float], passing: Any
) -> None:
    with answering(dynamodb, "TransactWriteItems", passing) as calls:
        patient.transact(a_put(patient))
    assert len(calls) == 2
    assert len(waits) == 1


def test_after_six_tries_the_caller_is_asked_to_come_back(
    patient: BatchTable, dynamodb: "DynamoDBClient", waits: list[float]
) -> None:
    answers = [refusal(CANCELLED, "TransactionConflict") for _ in range(MAX_TRIES + 1)]
    with (
        answering(dynamodb, "TransactWriteItems", *answers) as calls,
        pytest.raises(ServiceUnavailable) as busy,
    ):
        patient.transact(a_put(patient))
    assert len(calls) == MAX_TRIES
    assert busy.value.headers["Retry-After"] == "1"
    assert 0 < sum(waits) <= MAX_SECONDS


def test_waits_are_drawn_anew_each_time(
    patient: BatchTable, dynamodb: "DynamoDBClient", waits: list[float]
) -> None:
    for _ in range(2):
        answers = [refusal(CANCELLED, "TransactionConflict") for _ in range(4)]
        with answering(dynamodb, "TransactWriteItems", *answers):
            patient.transact(a_put(patient))
    assert len(set(waits)) == 8


def test_a_failed_condition_is_an_answer_and_never_tried_again(
    patient: BatchTable, dynamodb: "DynamoDBClient"
) -> None:
    both = refusal(CANCELLED, "TransactionConflict", "ConditionalCheckFailed")
    with (
        answering(dynamodb, "TransactWriteItems", both) as calls,
        pytest.raises(Refused) as refused,
    ):
        patient.transact(a_put(patient))
    assert len(calls) == 1
    assert set(refused.value.items) == {1}


@pytest.mark.parametrize(
    "broken", [refusal(CANCELLED, "ValidationError"), refusal("ResourceNotFoundException")]
)
def test_what_will_not_pass_is_not_tried_again(
    patient: BatchTable, dynamodb: "DynamoDBClient", broken: Any
) -> None:
    with (
        answering(dynamodb, "TransactWriteItems", broken) as calls,
        pytest.raises(dynamodb.exceptions.ClientError),
    ):
        patient.transact(a_put(patient))
    assert len(calls) == 1


def test_a_table_that_does_not_answer_is_a_503(table_name: str) -> None:
    nobody = boto3.client(
        "dynamodb",
        endpoint_url="http://127.0.0.1:9",
        config=Config(connect_timeout=0.2, retries={"total_max_attempts": 1}),
    )
    with pytest.raises(ServiceUnavailable):
        Table(nobody, table_name).get({"PK": "x", "SK": "x"})
    with pytest.raises(ServiceUnavailable):
        Store(nobody, table_name).check()


def test_a_table_that_is_not_there_is_a_503_for_the_health_check(
    dynamodb: "DynamoDBClient",
) -> None:
    with pytest.raises(ServiceUnavailable):
        Store(dynamodb, "no-such-table").check()


def test_what_a_batch_leaves_over_is_asked_for_again(
    patient: BatchTable, dynamodb: "DynamoDBClient"
) -> None:
    keys = [{"PK": f"BATCH#{new_id()}", "SK": str(place)} for place in range(30)]
    left = {patient.name: [{"PutRequest": {"Item": marshal(keys[0])}}]}
    with answering(dynamodb, "BatchWriteItem", reply({"UnprocessedItems": left})) as calls:
        patient.put_all(keys[:1])
    assert len(calls) == 2
    patient.put_all(keys)
    unread = {patient.name: {"Keys": [marshal(keys[0])], "ConsistentRead": True}}
    answer = reply({"Responses": {patient.name: []}, "UnprocessedKeys": unread})
    with answering(dynamodb, "BatchGetItem", answer) as calls:
        assert patient.get_all(keys[:1]) == keys[:1]
    assert len(calls) == 2


def test_a_partition_is_read_to_its_last_page(
    patient: BatchTable, dynamodb: "DynamoDBClient"
) -> None:
    partition = f"PAGES#{new_id()}"
    items = [{"PK": partition, "SK": f"{place:04}", "body": b"x" * 250_000} for place in range(6)]
    patient.put_all(items)
    assert list(patient.query(partition, consistent=True)) == items


@pytest.mark.parametrize("begins_with", [None, "s"])
def test_of_a_partition_some_names_are_read_alone(
    patient: BatchTable, begins_with: str | None
) -> None:
    partition = f"TEST#{new_id()}"
    # Reserved words of DynamoDB among them, and a name that not every item has.
    items = [{"PK": partition, "SK": f"s{place}", "status": place, "n": 1} for place in range(2)]
    patient.put_all([*items, {"PK": partition, "SK": "s2", "value": "v"}])
    found = patient.query(partition, begins_with=begins_with, only=("status", "value", "SK"))
    assert list(found) == [
        {"SK": "s0", "status": 0},
        {"SK": "s1", "status": 1},
        {"SK": "s2", "value": "v"},
    ]


def test_values_come_back_as_they_were_put() -> None:
    item = {"n": 12, "x": 1.5, "s": "a", "b": b"z", "l": [1, "a", None, 2.25], "none": None}
    assert unmarshal(marshal(item)) == item


def test_a_conflict_in_a_race_for_seats_never_counts_as_taken(
    show: Show, dynamodb: "DynamoDBClient"
) -> None:
    conflict = refusal(CANCELLED, "TransactionConflict", "None", "None", "None")
    with answering(dynamodb, "TransactWriteItems", conflict):
        show.reserve(1, 2)
    assert show.claims() == {1: "HELD", 2: "HELD"}


def test_only_the_seats_whose_conditions_failed_are_named(
    show: Show, dynamodb: "DynamoDBClient"
) -> None:
    mixed = refusal(CANCELLED, "ConditionalCheckFailed", "TransactionConflict", "None", "None")
    with (
        answering(dynamodb, "TransactWriteItems", mixed),
        pytest.raises(SeatsUnavailable) as refused,
    ):
        show.reserve(4, 5)
    assert refused.value.extensions["unavailableSeats"] == [4]
