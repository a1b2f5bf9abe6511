"""The world's two tables, shaped as the templates shape them."""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

SEATING: Final = "boxoffice-world-seating"
ORDERS: Final = "boxoffice-world-orders"

_INDEXES: Final = {ORDERS: {1: ("byUser", "ALL"), 2: ("byEvent", "ALL"), 3: ("open", "KEYS_ONLY")}}


def make_tables(client: "DynamoDBClient") -> None:
    """Both of them empty, whatever was in them before."""
    for name in (SEATING, ORDERS):
        if name in client.list_tables()["TableNames"]:
            client.delete_table(TableName=name)
        client.create_table(**_table(name))


def _table(name: str) -> dict[str, Any]:
    indexes = _INDEXES.get(name, {})
    keys = [("PK", "SK"), *((f"GSI{number}PK", f"GSI{number}SK") for number in indexes)]
    table: dict[str, Any] = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        "KeySchema": _keys(*keys[0]),
        "AttributeDefinitions": [
            {"AttributeName": part, "AttributeType": "S"} for pair in keys for part in pair
        ],
    }
    if indexes:
        table["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index,
                "KeySchema": _keys(f"GSI{number}PK", f"GSI{number}SK"),
                "Projection": {"ProjectionType": projection},
            }
            for number, (index, projection) in indexes.items()
        ]
    return table


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]
