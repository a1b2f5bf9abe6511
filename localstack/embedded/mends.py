"""Every mend of the emulator (MiniStack 1.5.33), in one place.

Each function under "Mends" says what upstream does wrong and puts it right in this process. They
are applied before the server starts. `localstack/tests/test_mends.py` shows each fault on the
unmended emulator too, so a release that makes a mend unnecessary fails that test: then delete the
mend and the test. Faults we live with instead are listed in `localstack/README.md`.
"""

import asyncio
import contextvars
import importlib
import json
import logging
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TextIO
from unittest.mock import patch

from ministack.core import lambda_runtime
from ministack.services import apigateway_v1, cloudwatch, cloudwatch_logs, lambda_svc, stepfunctions

from embedded import lambda_worker

_log = logging.getLogger("boxoffice.mends")

SWEEP_SECONDS: Final = 2.0
LOG_STREAMS_KEPT: Final = 20


def apply(loop: asyncio.AbstractEventLoop, functions_log: TextIO | None) -> None:
    """Apply every mend. `loop` is the one that will run the requests."""
    run_our_worker()
    name_errors_by_their_class()
    end_logs_where_they_end()
    fail_tasks_whose_function_raised()
    answer_failed_functions_as_the_gateway_would()
    read_streams_from_their_start_after_a_restart()
    keep_few_log_streams()
    turn_log_lines_into_metrics(loop)
    if functions_log is not None:
        write_function_logs_to(functions_log)


# Mends


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


def run_our_worker() -> None:
    """Upstream's worker dies of each exception its handler raises, and loses its class.

    Ours answers it, and the next invocation finds the worker warm, as on AWS.
    """
    lambda_runtime._PYTHON_WORKER_SCRIPT = Path(lambda_worker.__file__).read_text()


def name_errors_by_their_class() -> None:
    """Upstream calls every exception `Runtime.HandlerError`, so a Catch by name never matches."""
    upstream = lambda_svc._execute_function_warm

    def execute(func: dict[str, Any], event: object, request_id: str) -> dict[str, Any]:
        result: dict[str, Any] = upstream(func, event, request_id)
        body = result.get("body")
        if isinstance(body, dict) and lambda_worker.FUNCTION_ERROR in body:
            body = body[lambda_worker.FUNCTION_ERROR] | {"requestId": request_id}
            return {"body": body, "error": True, "log": result.get("log", "")}
        return result

    lambda_svc._execute_function_warm = execute


def end_logs_where_they_end() -> None:
    """Upstream guesses where an invocation's log ends: it waits 5 ms, or 50 if nothing was logged.

    Our worker writes a last line, so nothing is waited for and no line goes to the next invocation.
    """
    upstream = lambda_runtime.Worker._drain_stderr_bounded

    def drain(worker: Any) -> str:
        if not worker.config.get("Runtime", "").startswith("python"):
            return str(upstream(worker))
        lines: list[str] = []
        # Only a worker that died writes no last line.
        deadline = time.monotonic() + 0.25
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = worker._stderr_queue.get(timeout=left)
            except queue.Empty:
                break
            if line == lambda_worker.END_OF_LOG:
                break
            lines.append(line)
        return "\n".join(lines)

    lambda_runtime.Worker._drain_stderr_bounded = drain


def fail_tasks_whose_function_raised() -> None:
    """Upstream drops an exception raised by the function of a waitForTaskToken task.

    The execution then waits for its timeout; on AWS the task fails at once and may be caught.
    """
    invoke, call = stepfunctions._invoke_with_callback, stepfunctions._call_lambda
    waiting: contextvars.ContextVar[str | None] = contextvars.ContextVar("waiting", default=None)

    def invoke_with_callback(resource: str, given: object, token: str, state: object) -> object:
        reset = waiting.set(token)
        try:
            return invoke(resource, given, token, state)
        finally:
            waiting.reset(reset)

    def call_lambda(function: str, event: object) -> object:
        try:
            return call(function, event)
        except stepfunctions._ExecutionError as error:
            info = stepfunctions._task_tokens.get(waiting.get())
            # A function that answered its token before it raised has answered.
            if info is not None and not info["event"].is_set():
                info["error"] = {"Error": error.error, "Cause": error.cause}
                info["event"].set()
            raise

    stepfunctions._invoke_with_callback = invoke_with_callback
    stepfunctions._call_lambda = call_lambda


def answer_failed_functions_as_the_gateway_would() -> None:
    """Upstream answers a 502 with a failed function's error in it, past the gateway's responses.

    On AWS the API's own DEFAULT_5XX response is given, and nothing leaks.
    """
    failed = "\x1ea function failed"
    shape, invoke = apigateway_v1._lambda_proxy_response, apigateway_v1._invoke_lambda_proxy_v1
    leaking = json.dumps({"message": failed}).encode()

    def proxy_response(result: dict[str, Any]) -> tuple[object, str | None]:
        response, error = shape(result)
        return response, error and failed

    async def invoke_proxy(*given: Any, **named: Any) -> Any:
        answer = await invoke(*given, **named)
        if isinstance(answer, tuple) and answer[-1] == leaking:
            return apigateway_v1._gw_error("DEFAULT_5XX", "Internal server error")
        return answer

    apigateway_v1._lambda_proxy_response = proxy_response
    apigateway_v1._invoke_lambda_proxy_v1 = invoke_proxy


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


def keep_few_log_streams() -> None:
    """Upstream opens a log stream for each invocation and keeps all, until memory is full."""

    def prune(group_name: str) -> None:
        streams = cloudwatch_logs._log_groups[group_name]["streams"]
        while len(streams) > LOG_STREAMS_KEPT:
            # Dictionaries keep their order, so the first is the oldest.
            streams.pop(next(iter(streams)), None)

    _after_each_invocation(lambda function, _log_text: prune(f"/aws/lambda/{function}"))


def turn_log_lines_into_metrics(loop: asyncio.AbstractEventLoop) -> None:
    """Upstream does not read the embedded metric format, which is how our functions count."""

    def publish(_function: str, log_text: str) -> None:
        for line in log_text.splitlines():
            for request in metrics_in(line):
                loop.call_soon_threadsafe(_put_metric_data, request)

    _after_each_invocation(publish)


def write_function_logs_to(file: TextIO) -> None:
    """Upstream keeps functions' logs in memory only; here they are also a file one can follow."""

    def write(function: str, log_text: str) -> None:
        lines = [line for line in log_text.splitlines() if '"_aws"' not in line]
        file.writelines(f"{function} {line}\n" for line in lines)

    _after_each_invocation(write)


async def sweep_expired_items() -> None:
    """Delete items whose time to live is over, as AWS does: at last, and into the stream.

    Runs for ever, on the loop that runs the requests, so each delete is as atomic as theirs.
    """
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        for request in list(_expired(time.time())):
            status, _headers, body = dynamodb._delete_item(request)
            if status != 200 and b"ConditionalCheckFailed" not in _bytes(body):
                _log.error("An expired item was not deleted: %s %s", request, body)


async def drain_streams() -> None:
    """Wait, at most a few seconds, until every stream record was read.

    Upstream does not save the records, so those unread when it stops would be lost.
    """
    for _ in range(100):
        if not _has_unread_records():
            return
        await asyncio.sleep(0.05)
    _log.warning("Stopping with stream records that no function has read: they are lost.")


# What they are made of


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


def _put_metric_data(request: dict[str, Any]) -> None:
    cloudwatch._put_metric_data({}, request, is_cbor=False, is_json=True)


def _after_each_invocation(act: Callable[[str, str], None]) -> None:
    upstream = lambda_svc._emit_lambda_logs

    def emit(
        func: dict[str, Any], request_id: str, log_text: str, *rest: Any, **named: Any
    ) -> None:
        upstream(func, request_id, log_text, *rest, **named)
        act((func.get("config") or func)["FunctionName"], log_text)

    lambda_svc._emit_lambda_logs = emit


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


def _bytes(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body
