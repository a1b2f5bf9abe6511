"""Runs one function's handler, invocation after invocation, as a child of the emulator.

The emulator writes this file beside a function's code and starts it alone, so it imports nothing of
ours. It speaks the emulator's protocol, a JSON line each way on stdin and stdout, and differs from
the emulator's own worker in four things: an exception keeps its class and does not end the process,
a line on stderr marks where an invocation's log ends, equal code is compiled once, and code that is
edited meanwhile is taken up (`live.py`).
"""

import hashlib
import importlib
import json
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

# Both are known to the emulator's side of this protocol, in `mends/workers.py`.
END_OF_LOG = "\x1eend-of-invocation"
FUNCTION_ERROR = "\x1efunction-error"
# Names the folder of a test's `fault_switch.py`; set by the emulator, when it was started with one.
TEST_SWITCH = "BOXOFFICE_TEST_SWITCH"
# Names the folder of a measurement's `meter.py`; set by the emulator, likewise.
METER = "BOXOFFICE_METER"
# Names the folder of edited code; set by the emulator, when the launcher watches for it.
LIVE_CODE = "BOXOFFICE_LIVE_CODE"
# The file in it that names the newest version.
VERSION = "version"
# Names the file of a worker that began again in the middle of an invocation.
_TAKEN_OVER = "BOXOFFICE_TAKEN_OVER"


class Context:
    """What AWS Lambda passes beside the event."""

    def __init__(self, init: dict[str, Any], call: dict[str, Any]) -> None:
        self.function_name: str = init["function_name"]
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        self.memory_limit_in_mb: int = init["memory"]
        self.invoked_function_arn: str = call.get("invoked_function_arn") or init["arn"]
        self.aws_request_id: str = call.get("request_id", "")
        self.log_group_name = f"/aws/lambda/{self.function_name}"
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "")
        self.identity = None
        self.client_context = None
        self._deadline = time.monotonic() + float(os.environ.get("_LAMBDA_TIMEOUT", "3"))

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def shared_code(code: Path) -> Path:
    """A folder with the same code, kept between workers so that its compiled files are too."""
    if not (code.parent / "code.zip").exists():
        # LocalStack's own folder of a function's version, which serves all of its workers.
        return code
    digest = hashlib.sha256((code.parent / "code.zip").read_bytes()).hexdigest()[:32]
    shared = Path(tempfile.gettempdir()) / f"function-code-{digest}"
    if not shared.exists():
        aside = Path(tempfile.mkdtemp(dir=shared.parent)) / "code"
        shutil.copytree(code, aside)
        try:
            aside.rename(shared)
        except OSError:
            # Another worker of the same function came first.
            shutil.rmtree(aside)
        aside.parent.rmdir()
    return shared


class LiveCode:
    """The code as it was edited since the function was deployed, if anybody watches for that."""

    def __init__(self, deployed: Path) -> None:
        self._deployed = deployed
        self._folder = os.environ.get(LIVE_CODE)
        self._version = self._newest()

    @property
    def folder(self) -> Path:
        """Where to import from: a folder with what this function's bundle holds, and no more."""
        if self._folder is None or self._version is None:
            return self._deployed
        packages = {path.parent.name for path in self._deployed.glob("functions/*/__init__.py")}
        [domain] = packages - {"shared"} or {"shared"}
        return Path(self._folder, self._version, domain)

    def has_changed(self) -> bool:
        return self._newest() != self._version

    def _newest(self) -> str | None:
        if self._folder is None:
            return None
        try:
            return Path(self._folder, VERSION).read_text()
        except FileNotFoundError:
            return None


def begin_again(init: object, message: object) -> NoReturn:
    """Be a new interpreter, which imports everything anew, and serve this message there.

    For the emulator it is the same process, so it learns of nothing and nothing else is disturbed.
    """
    with tempfile.NamedTemporaryFile("w", delete=False) as taken_over:
        json.dump([init, message], taken_over)
    environment = os.environ | {_TAKEN_OVER: taken_over.name}
    os.execve(sys.executable, [sys.executable, "-P", __file__], environment)  # noqa: S606  # nosec B606


def taken_over() -> list[Any] | None:
    """What the process that we began as was told first, and what it was asked at last."""
    name = os.environ.pop(_TAKEN_OVER, None)
    if name is None:
        return None
    told: list[Any] = json.loads(Path(name).read_text())
    Path(name).unlink()
    return told


def test_switch(function: str) -> Any:
    """A test's hand in this worker; None in every worker that no test asked for."""
    folder = os.environ.get(TEST_SWITCH)
    if not folder:
        return None
    sys.path.append(folder)
    return importlib.import_module("fault_switch").Switch(Path(folder), function)


class NoMeter:
    """What counts in a worker that nobody measures: nothing."""

    def imported(self) -> None:
        pass

    def invocation(self, _event: object) -> AbstractContextManager[None]:
        return nullcontext()


def meter(function: str) -> Any:
    """What counts in this worker."""
    folder = os.environ.get(METER)
    if not folder:
        return NoMeter()
    sys.path.append(folder)
    return importlib.import_module("meter").Meter(Path(folder), function)


def always(error: Exception) -> Callable[..., NoReturn]:
    """A handler for edited code that can't be imported: each call says why, until it is edited."""

    def handler(_event: object, _context: object) -> NoReturn:
        raise error

    return handler


def failure(error: BaseException) -> dict[str, Any]:
    """The payload AWS answers for a handler that raised."""
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }


def main() -> None:
    answers = sys.stdout
    # Whatever the handler prints is its log; stdout is the protocol's.
    sys.stdout = sys.stderr

    def answer(message: str) -> None:
        answers.write(f"{message}\n")
        answers.flush()

    resumed = taken_over()
    init = resumed[0] if resumed else json.loads(sys.stdin.readline())
    os.environ.update(init.get("env", {}))
    live = LiveCode(shared_code(Path(init["code_dir"])))
    sys.path.insert(0, str(live.folder))
    switch = test_switch(init["function_name"])
    counting = meter(init["function_name"])
    try:
        handler = getattr(importlib.import_module(init["module"]), init["handler"])
    except Exception as error:  # noqa: BLE001 - whatever a module does while it is imported
        if not resumed:
            traceback.print_exc()
            answer(json.dumps({"status": "error", "error": f"{type(error).__name__}: {error}"}))
            return
        handler = always(error)
    if switch:
        switch.imported()
    counting.imported()
    if not resumed:
        answer('{"status": "ready", "cold": true}')

    for message in chain(resumed[1:] if resumed else (), map(json.loads, sys.stdin)):
        if live.has_changed():
            begin_again(init, message)
        if switch:
            switch.look()
        call = message.get("ctx") or {}
        try:
            with counting.invocation(message["event"]):
                answered = handler(message["event"], Context(init, call))
            # Encoded here, so that an answer that is no JSON is the handler's failure too.
            result = json.dumps(answered)
        except Exception as error:  # noqa: BLE001 - every failure is answered
            traceback.print_exc()
            result = json.dumps({FUNCTION_ERROR: failure(error)})
        sys.stderr.write(f"{END_OF_LOG}\n")
        sys.stderr.flush()
        answer(f'{{"status": "ok", "result": {result}}}')


if __name__ == "__main__":
    main()
