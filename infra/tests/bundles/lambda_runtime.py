"""Runs a function's bundle as Lambda does: its own runtime client in an interpreter of its own,
which has the bundle, boto3 and the standard library, and nothing of this environment.
"""

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import uuid4

_API: Final = "/2018-06-01/runtime"
_PATIENCE_SECONDS: Final = 60
# The task's folder and layers come before the standard library, Lambda's own packages after it.
_START: Final = """
import sys
task, layer, provided, handler = sys.argv[1:]
sys.path[:] = [task, layer, *sys.path[1:], provided]
from awslambdaric.__main__ import main
main(["bootstrap", handler])
"""


class Bundle(NamedTuple):
    """The folders of a function's code and layer, and of what Lambda itself provides."""

    code: Path
    layer: Path
    provided: Path


class Outcome(NamedTuple):
    """What a function answered, or the class of what it raised."""

    answer: Any
    error: str | None


class Broken(AssertionError):  # noqa: N818 - what the bundle then is
    """It did not get as far as waiting for an invocation, or ended in one."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A function that is ended in the middle of waiting is no news."""


class Runtime:
    """The Runtime API for one function, which is at the other end of it."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[str] = queue.Queue()
        self._outcomes: queue.Queue[Outcome] = queue.Queue()
        self._server = _Server(("127.0.0.1", 0), _handler(self._waiting, self._outcomes))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def invoke(self, event: Any, process: "subprocess.Popen[bytes]", log: Path) -> Outcome:
        """Raises Broken."""
        self._waiting.put(json.dumps(event))
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                outcome = self._outcomes.get(timeout=0.1)
            except queue.Empty:
                if process.poll() is None:
                    continue
                break
            if process.poll() is not None or outcome.answer is _NEVER_STARTED:
                break
            return outcome
        raise Broken(log.read_text("utf-8", "replace"))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


_NEVER_STARTED: Final = object()


@contextmanager
def running(
    bundle: Bundle, handler: str, variables: Mapping[str, str], log: Path
) -> Iterator["Function"]:
    """A function that was started; what it prints is in `log`."""
    runtime = Runtime()
    start: Sequence[str] = [sys.executable, "-I", "-S", "-c", _START, *map(str, bundle), handler]
    with log.open("wb") as said:
        process = subprocess.Popen(
            start,
            cwd=bundle.code,
            env={**variables, "AWS_LAMBDA_RUNTIME_API": runtime.address, "TZ": ":UTC"},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
    try:
        yield Function(runtime, process, log)
    finally:
        process.kill()
        process.wait()
        runtime.close()


class Function:
    def __init__(self, runtime: Runtime, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._runtime, self._process, self._log = runtime, process, log

    def invoke(self, event: Any) -> Outcome:
        """What became of it. Raises Broken, with the function's log."""
        return self._runtime.invoke(event, self._process, self._log)


def _handler(
    waiting: "queue.Queue[str]", outcomes: "queue.Queue[Outcome]"
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            assert self.path == f"{_API}/invocation/next"
            event = waiting.get()
            self._answer(
                200,
                event.encode(),
                {
                    "Lambda-Runtime-Aws-Request-Id": str(uuid4()),
                    "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 29_000),
                    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:0:function:f",
                    "Lambda-Runtime-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793",
                },
            )

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(202, b"{}", {})
            if self.path == f"{_API}/init/error":
                outcomes.put(Outcome(_NEVER_STARTED, body["errorType"]))
            elif self.path.endswith("/error"):
                outcomes.put(Outcome(body, body["errorType"]))
            else:
                outcomes.put(Outcome(body, None))

        def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    return Handler
