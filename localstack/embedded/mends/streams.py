"""Mends of how tables' streams are read."""

import asyncio
import contextvars
import logging
from typing import Any

from ministack.services import lambda_svc

from embedded.mends.expiry import dynamodb

_log = logging.getLogger("boxoffice.mends")


def read_streams_from_their_start_after_a_restart() -> None:
    """Upstream saves how far each stream was read, but not the stream, which starts anew at zero.

    An event source then skips as many records as it had ever read.
    """
    upstream = lambda_svc.get_state

    def get_state() -> dict[str, Any]:
        state: dict[str, Any] = upstream()
        positions = state["dynamodb_stream_positions"]
        for key in positions._data:
            positions._data[key] = 0
        return state

    lambda_svc.get_state = get_state


def retry_batches_with_failures() -> None:
    """Upstream ignores the failures a function reports of a stream's batch: they are lost.

    Here the batch is tried again. On AWS only what follows the first failure is; our functions take
    the rest a second time without effect, as they must anyway.
    """
    poll, upstream = lambda_svc._poll_dynamodb_streams, lambda_svc._execute_function
    is_polling = contextvars.ContextVar("is_polling", default=False)

    def poll_streams() -> object:
        reset = is_polling.set(True)
        try:
            return poll()
        finally:
            is_polling.reset(reset)

    def execute(func: dict[str, Any], event: object) -> dict[str, Any]:
        result: dict[str, Any] = upstream(func, event)
        body = result.get("body")
        if is_polling.get() and isinstance(body, dict) and body.get("batchItemFailures"):
            return result | {"error": True, "body": {"errorType": "BatchItemFailures", **body}}
        return result

    lambda_svc._poll_dynamodb_streams = poll_streams
    lambda_svc._execute_function = execute


async def drain_streams() -> None:
    """Wait, at most a few seconds, until every stream record was read.

    Upstream does not save the records, so those unread when it stops would be lost.
    """
    for _ in range(100):
        if not _has_unread_records():
            return
        await asyncio.sleep(0.05)
    _log.warning("Stopping with stream records that no function has read: they are lost.")


def _has_unread_records() -> bool:
    for account, region, source in lambda_svc._iter_all_esms():
        stream = source.get("EventSourceArn", "")
        if ":dynamodb:" not in stream or not source.get("Enabled", True):
            continue
        table = stream.split(":table/")[1].split("/")[0]
        end = dynamodb.stream_end_position(table, account_id=account, region=region)
        read = lambda_svc._dynamodb_stream_positions.get_scoped(account, region, source["UUID"])
        if read is not None and read < end:
            return True
    return False
