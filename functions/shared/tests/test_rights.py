"""The guard over what handlers do to tables would see one right too few."""

from typing import Any

import pytest

from functions.shared import aws
from functions.shared.tests.rights import NotGrantedError, WatchedClient, needed

KEY = {"PK": {"S": "CLAIMS#7#A"}, "SK": {"S": "1"}}


def test_each_part_of_a_transaction_needs_a_right_of_its_own() -> None:
    writes = [{"Put": {"Item": KEY}}, {"ConditionCheck": {"Key": KEY}}]
    assert list(needed("TransactWriteItems", {"TransactItems": writes})) == [
        ("dynamodb:PutItem", "CLAIMS#7#A"),
        ("dynamodb:ConditionCheckItem", "CLAIMS#7#A"),
    ]


def test_each_item_of_a_batch_needs_the_right_to_its_partition() -> None:
    read = {"RequestItems": {"t": {"Keys": [KEY]}}}
    assert list(needed("BatchGetItem", read)) == [("dynamodb:BatchGetItem", "CLAIMS#7#A")]
    written = {"RequestItems": {"t": [{"DeleteRequest": {"Key": KEY}}]}}
    assert list(needed("BatchWriteItem", written)) == [("dynamodb:BatchWriteItem", "CLAIMS#7#A")]


def test_an_index_and_a_scan_are_rights_of_their_own() -> None:
    assert list(needed("Query", {"IndexName": "byUser"})) == [("byUser", "")]
    assert list(needed("Scan", {})) == [("scan", "")]


@pytest.mark.parametrize(
    ("handler", "operation", "params"),
    [
        ("seating.events", "get_item", {"Key": KEY}),
        ("seating.events", "put_item", {"Item": {**KEY, "PK": {"S": "EVENT#7"}}}),
        ("orders.tasks", "scan", {}),
        ("orders.reconciler", "query", {"IndexName": "byUser"}),
    ],
)
def test_what_a_function_may_not_do_is_refused_at_the_call(
    handler: str, operation: str, params: dict[str, Any]
) -> None:
    client = WatchedClient(aws.dynamodb(), f"functions.{handler}")
    with pytest.raises(NotGrantedError, match=handler.replace(".", "-")):
        getattr(client, operation)(TableName="boxoffice-test-nothing", **params)
