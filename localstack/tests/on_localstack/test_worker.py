"""A process of a function answers, fails, times out and dies as Lambda says it."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from host.plugins.worker import Outcome, StartFailedError, Worker

CODE = """
import json, os, time

class SeatsLost(Exception):
    pass

def handler(event, context):
    for line in event.get("say", ()):
        print(line)
    if "sleep" in event:
        time.sleep(event["sleep"])
    if "exit" in event:
        os._exit(event["exit"])
    if "raise" in event:
        raise SeatsLost(event["raise"])
    return {"pid": os.getpid(), "echo": event.get("echo"), "request": context.aws_request_id,
            "arn": context.invoked_function_arn, "left": context.get_remaining_time_in_millis()}
"""

Begin = Callable[..., Worker]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """`begin(code)` is a worker on this code, not awaited."""
    begun: list[Worker] = []

    def start(code: str = CODE, module: str = "index") -> Worker:
        folder = tmp_path / f"code-{len(begun)}"
        folder.mkdir()
        (folder / "index.py").write_text(code)
        init = {
            "function_name": "box",
            "memory": 128,
            "arn": "arn:box",
            "code_dir": str(folder),
            "module": module,
            "handler": "handler",
        }
        environment = {"PATH": os.defpath, "_LAMBDA_TIMEOUT": "7"}
        begun.append(Worker(sys.executable, folder, environment, init))
        return begun[-1]

    yield start
    for worker in begun:
        worker.stop()


@pytest.fixture
def worker(begin: Begin) -> Worker:
    ready = begin()
    ready.await_ready()
    return ready


def invoke(worker: Worker, seconds: float = 10, **event: Any) -> Outcome:
    return worker.invoke(json.dumps(event), "request-1", "arn:box:live", seconds)


def error(outcome: Outcome) -> tuple[str, str]:
    assert outcome.is_error
    told = json.loads(outcome.payload)
    return told["errorType"], told["errorMessage"]


def test_a_handler_gets_its_event_and_answers(worker: Worker) -> None:
    outcome = invoke(worker, echo="für alle 🎟")
    assert not outcome.is_error
    answer = json.loads(outcome.payload)
    assert answer["echo"] == "für alle 🎟"
    assert answer["request"] == "request-1"
    assert answer["arn"] == "arn:box:live"
    assert 0 < answer["left"] <= 7_000


def test_a_worker_serves_again_and_again(worker: Worker) -> None:
    answers = [json.loads(invoke(worker, echo=number).payload) for number in range(3)]
    assert [answer["echo"] for answer in answers] == [0, 1, 2]
    assert len({answer["pid"] for answer in answers}) == 1


def test_each_invocation_has_its_own_log(worker: Worker) -> None:
    assert invoke(worker, say=["one", "two"]).log == "one\ntwo"
    assert invoke(worker).log == ""
    assert invoke(worker, say=["three"]).log == "three"


def test_an_exception_keeps_its_class_and_ends_nobody(worker: Worker) -> None:
    gone: dict[str, Any] = {"raise": "gone"}
    outcome = invoke(worker, **gone)
    assert error(outcome) == ("SeatsLost", "gone")
    told = json.loads(outcome.payload)
    assert told["requestId"] == "request-1"
    assert told["stackTrace"]
    assert "SeatsLost: gone" in outcome.log
    assert not invoke(worker).is_error


def test_a_handler_that_takes_too_long_is_ended(worker: Worker) -> None:
    outcome = invoke(worker, seconds=0.3, sleep=60, say=["before"])
    assert error(outcome) == (
        "Sandbox.Timedout",
        "RequestId: request-1 Error: Task timed out after 0.30 seconds",
    )
    assert outcome.log == "before"
    assert outcome.seconds < 10
    assert not worker.is_alive


@pytest.mark.parametrize(("code", "said"), [(3, "exit status 3"), (0, "exit status 0")])
def test_a_process_that_ends_is_an_exit_error(worker: Worker, code: int, said: str) -> None:
    outcome = invoke(worker, exit=code)
    kind = "Runtime.ExitError"
    text = f"RequestId: request-1 Error: Runtime exited with error: {said}"
    assert error(outcome) == (kind, text)
    assert not worker.is_alive


def test_a_worker_that_is_killed_while_it_works_is_an_exit_error(worker: Worker) -> None:
    pid = json.loads(invoke(worker).payload)["pid"]
    threading.Timer(0.2, os.kill, (pid, signal.SIGKILL)).start()
    kind, text = error(invoke(worker, sleep=60))
    assert kind == "Runtime.ExitError"
    assert text.endswith("signal: 9")


def test_a_worker_that_died_between_two_calls_is_an_exit_error_too(worker: Worker) -> None:
    pid = json.loads(invoke(worker).payload)["pid"]
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while worker.is_alive and time.monotonic() < deadline:
        time.sleep(0.01)
    assert error(invoke(worker))[0] == "Runtime.ExitError"


def test_who_stops_a_worker_is_not_waited_for(worker: Worker) -> None:
    threading.Timer(0.2, worker.stop).start()
    assert error(invoke(worker, sleep=60))[0] == "Runtime.ExitError"


@pytest.mark.parametrize(
    ("code", "module", "kind"),
    [
        ("import no_such_package", "index", "Runtime.ImportModuleError"),
        (CODE, "elsewhere", "Runtime.ImportModuleError"),
        ("raise KeyError('TABLE_NAME')", "index", "KeyError"),
        ("import os; os._exit(1)", "index", "Runtime.ExitError"),
    ],
)
def test_a_module_that_cannot_be_imported_is_told(
    begin: Begin, code: str, module: str, kind: str
) -> None:
    failing = begin(code, module)
    with pytest.raises(StartFailedError) as failed:
        failing.await_ready()
    assert json.loads(failed.value.payload)["errorType"] == kind
    assert not failing.is_alive


def test_a_function_finds_no_module_of_ours_beside_its_own(begin: Begin) -> None:
    """The worker's script lies between modules named `config`, `state` and `errors`."""
    failing = begin("import fault_switch")
    with pytest.raises(StartFailedError, match="fault_switch"):
        failing.await_ready()
