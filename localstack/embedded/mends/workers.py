"""Mends of how functions are run and fail."""

import queue
import time
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from embedded import lambda_worker


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
