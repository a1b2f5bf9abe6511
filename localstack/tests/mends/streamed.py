"""Tables whose streams are read."""

import json
from typing import Any

from mends.emulators import Emulator


def read_table(emulator: Emulator, name: str) -> str:
    """A new table whose stream is read by the function `reads`."""
    table, stream = table_with_stream(emulator, name)
    emulator.function("reads")
    emulator.invoke("reads", say="so that there is a log")
    emulator.client("lambda").create_event_source_mapping(
        EventSourceArn=stream, FunctionName="reads", StartingPosition="LATEST"
    )
    return table


def put(emulator: Emulator, table: str, key: str) -> None:
    emulator.client("dynamodb").put_item(TableName=table, Item={"id": {"S": key}})


def reads(emulator: Emulator) -> int:
    """How many records the function has said it read."""
    events = emulator.client("logs").filter_log_events(logGroupName="/aws/lambda/reads")
    lines = [event["message"] for event in events["events"]]
    return sum(len(json.loads(line)) for line in lines if line.startswith("["))


def table_with_stream(emulator: Emulator, name: str) -> tuple[str, str]:
    """The name of a new table and its stream."""
    made = emulator.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]
    return name, made["LatestStreamArn"]


def records_of(emulator: Emulator, stream: str) -> list[dict[str, Any]]:
    streams = emulator.client("dynamodbstreams")
    shard = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records: list[dict[str, Any]] = streams.get_records(ShardIterator=iterator)["Records"]
    return records
