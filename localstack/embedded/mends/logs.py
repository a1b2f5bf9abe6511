"""Mends of what becomes of functions' logs."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any, Final, TextIO

from ministack.services import cloudwatch, cloudwatch_logs, lambda_svc

LOG_STREAMS_KEPT: Final = 20
METRIC_BATCH_SECONDS: Final = 1.0

_log = logging.getLogger("boxoffice.mends")


def keep_few_log_streams() -> None:
    """Upstream opens a log stream for each invocation and keeps all, until memory is full."""

    def prune(group_name: str) -> None:
        streams = cloudwatch_logs._log_groups[group_name]["streams"]
        while len(streams) > LOG_STREAMS_KEPT:
            # Dictionaries keep their order, so the first is the oldest.
            streams.pop(next(iter(streams)), None)

    _after_each_invocation(lambda function, _log_text: prune(f"/aws/lambda/{function}"))


def log_no_addresses() -> None:
    """Upstream logs to whom each mail goes. What was sent can still be asked for."""
    logging.getLogger("ses").setLevel(logging.WARNING)


def turn_log_lines_into_metrics(loop: asyncio.AbstractEventLoop) -> None:
    """Upstream does not read the embedded metric format, which is how our functions count."""
    batch = _MetricBatch(loop)

    def publish(_function: str, log_text: str) -> None:
        for line in log_text.split("\n"):
            for request in metrics_in(line):
                loop.call_soon_threadsafe(batch.add, request)

    _after_each_invocation(publish)


def write_function_logs_to(file: TextIO) -> None:
    """Upstream keeps functions' logs in memory only; here they are also a file one can follow."""

    def write(function: str, log_text: str) -> None:
        # Only these end a line: JSON leaves the others that Unicode knows as they are.
        lines = [line for line in log_text.split("\n") if line and '"_aws"' not in line]
        file.writelines(f"{function} {line}\n" for line in lines)

    _after_each_invocation(write)


def metrics_in(line: str) -> Iterator[dict[str, Any]]:
    """The PutMetricData requests that one line of embedded metric format stands for, or none."""
    if '"_aws"' not in line:
        return
    try:
        blob = json.loads(line)
        directives = blob["_aws"]["CloudWatchMetrics"]
        timestamp = blob["_aws"]["Timestamp"] / 1000
    except (ValueError, KeyError, TypeError):
        _log.warning("Not in embedded metric format: %s", line)
        return
    for directive in directives:
        data = [
            {
                "MetricName": metric["Name"],
                "Unit": metric.get("Unit", "None"),
                "Timestamp": timestamp,
                "Dimensions": [{"Name": name, "Value": str(blob[name])} for name in dimensions],
                "Values": blob[metric["Name"]]
                if isinstance(blob[metric["Name"]], list)
                else [blob[metric["Name"]]],
            }
            for metric in directive["Metrics"]
            for dimensions in directive["Dimensions"]
        ]
        yield {"Namespace": directive["Namespace"], "MetricData": data}


class _MetricBatch:
    """A second's metrics, put together.

    At each put upstream evaluates every alarm, and for each looks through every point there is:
    one by one, that was three quarters of the event loop's samples in a profile of a rush.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._data: dict[str, list[dict[str, Any]]] = {}

    def add(self, request: dict[str, Any]) -> None:
        if not self._data:
            self._loop.call_later(METRIC_BATCH_SECONDS, self._put)
        self._data.setdefault(request["Namespace"], []).extend(request["MetricData"])

    def _put(self) -> None:
        batch, self._data = self._data, {}
        for namespace, data in batch.items():
            request = {"Namespace": namespace, "MetricData": data}
            cloudwatch._put_metric_data({}, request, is_cbor=False, is_json=True)


def _after_each_invocation(act: Callable[[str, str], None]) -> None:
    upstream = lambda_svc._emit_lambda_logs

    def emit(
        func: dict[str, Any], request_id: str, log_text: str, *rest: Any, **named: Any
    ) -> None:
        upstream(func, request_id, log_text, *rest, **named)
        act((func.get("config") or func)["FunctionName"], log_text)

    lambda_svc._emit_lambda_logs = emit
