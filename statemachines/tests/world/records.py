"""Stream records that may come, though none of ours has."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

Record = dict[str, Any]

_BY_TTL: Final = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def deleted_by_ttl(records: Iterable[Record]) -> Iterator[Record]:
    """DynamoDB's own deletion of every hold there was, as late as they may come."""
    for each in records:
        image = each["dynamodb"].get("NewImage", {})
        if image.get("status") == {"S": "HELD"}:
            change = {key: value for key, value in each["dynamodb"].items() if key != "NewImage"}
            change["OldImage"] = image
            yield {**each, "eventName": "REMOVE", "userIdentity": _BY_TTL, "dynamodb": change}
