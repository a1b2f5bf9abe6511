"""One process that runs one function, one invocation after the other.

It is the embedded stack's own worker (`embedded/lambda_worker.py`): a JSON line each way on stdin
and stdout, and a mark on stderr where an invocation's log ends.
"""

import contextlib
import json
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any, Final

from embedded import lambda_worker

SCRIPT: Final = Path(lambda_worker.__file__)
# The mark is written before the answer is; only a worker that died writes none.
_LOG_SECONDS: Final = 1.0
# What Lambda says of a module that can't be imported; of other faults it names the class.
_IMPORT_ERRORS: Final = frozenset({"ImportError", "ModuleNotFoundError"})


@dataclass(frozen=True)
class Outcome:
    """What came of one invocation. `payload` is JSON: the answer, or the error as Lambda tells it.

    `seconds` is how long it took.
    """

    payload: bytes
    is_error: bool
    log: str
    seconds: float


class StartFailedError(Exception):
    """The function's module could not be imported, or its process ended; `payload` as Lambda's."""

    def __init__(self, payload: bytes) -> None:
        super().__init__(payload.decode())
        self.payload = payload


class Worker:
    """A process of a function. Whoever calls `invoke` waits for the one before to be done.

    After a timeout and after its process died it is not alive and serves no more.
    """

    def __init__(
        self, python: str, folder: Path, environment: Mapping[str, str], init: object
    ) -> None:
        self._answers: SimpleQueue[str | None] = SimpleQueue()
        self._log: SimpleQueue[str | None] = SimpleQueue()
        # Not the script's own folder before everything else, as Python would have it: there, too,
        # are modules of common names.
        command = [python, "-P", str(SCRIPT)]
        self._process = subprocess.Popen(  # noqa: S603
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        if not (self._process.stdin and self._process.stdout and self._process.stderr):
            raise RuntimeError("The worker was started without a way to speak to it.")
        self._input = self._process.stdin
        for pipe, lines in (
            (self._process.stdout, self._answers),
            (self._process.stderr, self._log),
        ):
            threading.Thread(target=_read, args=(pipe, lines), daemon=True).start()
        self._send(init)

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def await_ready(self) -> None:
        """Return when the handler is imported. Raises StartFailedError, the process ended."""
        line = self._answers.get()
        answer = {} if line is None else json.loads(line)
        if answer.get("status") == "ready":
            return
        self.stop()
        said = self._said()
        if line is None:
            raise StartFailedError(_error("Runtime.ExitError", f"Error: {self._exit()}. {said}"))
        kind, _, message = answer["error"].partition(": ")
        name = "Runtime.ImportModuleError" if kind in _IMPORT_ERRORS else kind
        raise StartFailedError(_error(name, message))

    def invoke(
        self, payload: str, request_id: str, function_arn: str, timeout_seconds: float
    ) -> Outcome:
        """Run the handler once. `payload` is JSON."""
        began = time.monotonic()
        call = {"request_id": request_id, "invoked_function_arn": function_arn}
        self._send({"event": json.loads(payload), "ctx": call})
        try:
            line = self._answers.get(timeout=timeout_seconds)
        except Empty:
            self.stop()
            fault = f"Error: Task timed out after {timeout_seconds:.2f} seconds"
            answer = _error("Sandbox.Timedout", f"RequestId: {request_id} {fault}")
            return self._outcome(answer, began, is_error=True)
        if line is None:
            self._process.wait()
            fault = f"Error: Runtime exited with error: {self._exit()}"
            answer = _error("Runtime.ExitError", f"RequestId: {request_id} {fault}")
            return self._outcome(answer, began, is_error=True)
        result = json.loads(line)["result"]
        if isinstance(result, dict) and lambda_worker.FUNCTION_ERROR in result:
            failure = result[lambda_worker.FUNCTION_ERROR] | {"requestId": request_id}
            return self._outcome(json.dumps(failure).encode(), began, is_error=True)
        return self._outcome(json.dumps(result).encode(), began, is_error=False)

    def stop(self) -> None:
        """End the process; whoever waits for an answer of it is told."""
        self._process.kill()
        self._process.wait()
        # What was not yet sent has nobody to go to.
        with contextlib.suppress(BrokenPipeError):
            self._input.close()

    def _outcome(self, payload: bytes, began: float, *, is_error: bool) -> Outcome:
        seconds = time.monotonic() - began
        return Outcome(payload, is_error, self._said(), seconds)

    def _send(self, message: object) -> None:
        try:
            self._input.write(json.dumps(message) + "\n")
            self._input.flush()
        except (BrokenPipeError, ValueError):
            # It has just died, or was stopped and its input closed; the end of its answers says so
            # to whoever reads them.
            self._process.wait()

    def _said(self) -> str:
        """The log until the invocation's end, or the process'."""
        lines: list[str] = []
        deadline = time.monotonic() + _LOG_SECONDS
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._log.get(timeout=left)
            except Empty:
                break
            if line is None or line == lambda_worker.END_OF_LOG:
                break
            lines.append(line)
        return "\n".join(lines)

    def _exit(self) -> str:
        code = self._process.returncode
        return f"signal: {-code}" if code < 0 else f"exit status {code}"


def _read(pipe: IO[str], lines: "SimpleQueue[str | None]") -> None:
    with pipe:
        for line in pipe:
            lines.put(line.rstrip("\n"))
    lines.put(None)


def _error(kind: str, message: str) -> bytes:
    document: dict[str, Any] = {"errorType": kind, "errorMessage": message}
    return json.dumps(document).encode()
