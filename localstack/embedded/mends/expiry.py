"""The mend of how items whose time to live is over are deleted."""

import asyncio
import importlib
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final
from unittest.mock import patch

SWEEP_SECONDS: Final = 2.0

_log = logging.getLogger("boxoffice.mends")


def dynamodb_without_its_sweep() -> Any:
    """Upstream deletes expired items every 60 s, without a stream record, and unsafely.

    It does so beside the thread that runs the requests, without a lock, so it may delete a claim
    that was renewed a moment ago. `sweep_expired_items` does its work instead.
    """
    name = "ministack.services.dynamodb"
    if name in sys.modules:
        raise RuntimeError("Its sweep started when the module was first imported, before us.")
    start = threading.Thread.start

    def start_all_but_the_sweep(thread: threading.Thread) -> None:
        if thread.name != "dynamodb-ttl-reaper":
            start(thread)

    with patch.object(threading.Thread, "start", start_all_but_the_sweep):
        return importlib.import_module(name)


dynamodb = dynamodb_without_its_sweep()


async def sweep_expired_items(clock: Callable[[], float]) -> None:
    """Delete items whose time to live is over, as AWS does: at last, and into the stream.

    Runs for ever, on the loop that runs the requests, so each delete is as atomic as theirs.
    """
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        for request in list(_expired(clock())):
            status, _headers, body = dynamodb._delete_item(request)
            if status != 200 and b"ConditionalCheckFailed" not in _bytes(body):
                _log.error("An expired item was not deleted: %s %s", request, body)


def _expired(now: float) -> Iterator[dict[str, Any]]:
    for (account, region, name), setting in dynamodb._ttl_settings.all_items():
        table = dynamodb._tables.get_scoped(account, region, name)
        if table is None or setting["TimeToLiveStatus"] != "ENABLED":
            continue
        attribute = setting["AttributeName"]
        key = [part for part in (table["pk_name"], table["sk_name"]) if part]
        for partition in table["items"].values():
            for item in partition.values():
                # On AWS, too, only a Number of epoch seconds expires.
                if float(item.get(attribute, {}).get("N", "inf")) <= now:
                    yield {
                        "TableName": name,
                        "Key": {part: item[part] for part in key},
                        "ConditionExpression": "#ttl <= :now",
                        "ExpressionAttributeNames": {"#ttl": attribute},
                        "ExpressionAttributeValues": {":now": {"N": str(int(now))}},
                    }


def _bytes(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body
