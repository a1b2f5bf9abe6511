"""DynamoDB and its streams on moto, in LocalStack's own process.

LocalStack itself starts Amazon's DynamoDB Local for them, which needs Java and a download. moto's
conditions and transactions hold as long as no two requests come at once, so they take turns.
"""

import logging
import threading
import time
from typing import Any, Final

from localstack.aws.api import RequestContext
from localstack.aws.api.dynamodb import DynamodbApi
from localstack.aws.api.dynamodbstreams import DynamodbstreamsApi
from localstack.aws.forwarder import ForwardingFallbackDispatcher
from localstack.services.moto import call_moto
from localstack.services.plugins import Service, ServiceLifecycleHook, aws_provider

from host.plugins.expiry import delete_expired_items
from host.plugins.records import leave_out_images_there_are_none_of
from host.plugins.transactions import copy_only_what_is_written

SWEEP_SECONDS: Final = 2.0

_log = logging.getLogger(__name__)
_turn: Final = threading.RLock()


def _ask_moto(context: RequestContext, _request: object) -> Any:
    with _turn:
        return call_moto(context)


class MotoDynamoDB(DynamodbApi, ServiceLifecycleHook):  # type: ignore[misc]
    """Every operation is moto's."""

    def on_after_init(self) -> None:
        copy_only_what_is_written()
        leave_out_images_there_are_none_of()
        threading.Thread(target=_sweep, name="dynamodb-expiry", daemon=True).start()


class MotoStreams(DynamodbstreamsApi):  # type: ignore[misc]
    """Every operation is moto's."""


def _sweep() -> None:
    while True:
        time.sleep(SWEEP_SECONDS)
        try:
            with _turn:
                delete_expired_items()
        except Exception:  # noqa: BLE001 - whatever moto makes of an item
            # One strange item must not end the sweeping of all others.
            _log.exception("Expired items were not deleted")


@aws_provider(api="dynamodb", name="moto")  # type: ignore[untyped-decorator]
def dynamodb() -> Service:
    return _service(MotoDynamoDB())


@aws_provider(api="dynamodbstreams", name="moto")  # type: ignore[untyped-decorator]
def dynamodbstreams() -> Service:
    return _service(MotoStreams())


def _service(provider: object) -> Service:
    return Service.for_provider(
        provider,
        dispatch_table_factory=lambda served: ForwardingFallbackDispatcher(served, _ask_moto),
    )
