"""What the table's stream says, and what reaches the bus."""

import json
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams.client import DynamoDBStreamsClient
    from mypy_boto3_sqs.client import SQSClient


class Tail:
    """The table's changes from now on, as Lambda is handed them."""

    def __init__(
        self, endpoint: str, table_name: str, client: "DynamoDBStreamsClient | None" = None
    ) -> None:
        self._client = client or boto3.client("dynamodbstreams", endpoint_url=endpoint)
        (stream,) = self._client.list_streams(TableName=table_name)["Streams"]
        arn = stream["StreamArn"]
        shards = self._client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        self._iterators = [
            self._client.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="LATEST"
            )["ShardIterator"]
            for shard in shards
        ]

    def records(self) -> list[dict[str, Any]]:
        """Those that came since the last call."""
        found: list[Any] = []
        for place, iterator in enumerate(self._iterators):
            answer = self._client.get_records(ShardIterator=iterator)
            found += answer["Records"]
            self._iterators[place] = answer["NextShardIterator"]
        return found


class Ear:
    """A queue that hears what is said on the bus."""

    def __init__(self, endpoint: str, bus: str) -> None:
        self._sqs: SQSClient = boto3.client("sqs", endpoint_url=endpoint)
        self._queue = self._sqs.create_queue(QueueName=f"{bus}-ear")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(
            QueueUrl=self._queue, AttributeNames=["QueueArn"]
        )
        events = boto3.client("events", endpoint_url=endpoint)
        events.create_event_bus(Name=bus)
        pattern = json.dumps({"source": ["boxoffice.seating"]})
        events.put_rule(Name="ear", EventBusName=bus, EventPattern=pattern)
        queue_arn = attributes["Attributes"]["QueueArn"]
        events.put_targets(Rule="ear", EventBusName=bus, Targets=[{"Id": "ear", "Arn": queue_arn}])

    def heard(self) -> list[tuple[str, dict[str, Any]]]:
        """Kind and detail of each event since the last call."""
        found = []
        while True:
            answer = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
            messages = answer.get("Messages", [])
            for message in messages:
                event = json.loads(message["Body"])
                found.append((event["detail-type"], event["detail"]))
                self._sqs.delete_message(
                    QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"]
                )
            if not messages:
                return found
