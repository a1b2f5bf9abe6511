"""What the table's stream says, as its event source would deliver it."""

from collections.abc import Iterator
from typing import Any

import boto3

TABLE = "orders-suite"


def records_of(*order_ids: str) -> list[dict[str, Any]]:
    """The table's own records of these orders, as its event source would deliver them."""
    partitions = {f"ORDER#{order_id}" for order_id in order_ids}
    return [
        record
        for record in _all_records()
        if record["dynamodb"]["Keys"]["PK"]["S"] in partitions
        or record["dynamodb"].get("NewImage", {}).get("orderId", {}).get("S") in order_ids
    ]


def _all_records() -> Iterator[dict[str, Any]]:
    streams = boto3.client("dynamodbstreams")
    (stream,) = streams.list_streams(TableName=TABLE)["Streams"]
    described = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]
    for shard in described["Shards"]:
        iterator: str | None = streams.get_shard_iterator(
            StreamArn=stream["StreamArn"],
            ShardId=shard["ShardId"],
            ShardIteratorType="TRIM_HORIZON",
        )["ShardIterator"]
        while iterator:
            page = streams.get_records(ShardIterator=iterator)
            yield from page["Records"]  # type: ignore[misc]
            iterator = page.get("NextShardIterator") if page["Records"] else None
