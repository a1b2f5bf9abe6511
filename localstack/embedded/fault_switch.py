"""A test's hand in the workers of a running stack: their clock, and faults where they call out.

Only a worker whose emulator was started with BOXOFFICE_TEST_SWITCH imports this file, from the
folder which that variable names. No template, bundle or environment of a function knows of it.
The folder holds `rules.json`, read again as soon as it is another file:

    {"offsetSeconds": 1800, "seed": 7, "faults": [
        {"at": "after-call.dynamodb.TransactWriteItems", "do": "lose",
         "function": "*-orders-*", "probability": 0.1, "times": 3}]}

| at (a pattern)                      | do                                                       |
|-------------------------------------|----------------------------------------------------------|
| before-send.<service>.<operation>   | throttle, conflict (DynamoDB's answers), die             |
| after-call.<service>.<operation>    | lose (done, and the answer never came), die              |
| before-commit, after-commit         | lose (of the connection), die                            |
| before-provider.<call>, after-...   | lose (the provider did not answer), die                  |

Every fault that strikes leaves a file `hits/<place in the list>-<number>`, whoever it strikes, so
that `times` holds for all workers together and a test can count what was left by the dead.
"""

import fnmatch
import io
import itertools
import json
import os
import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

RULES = "rules.json"
HITS = "hits"
_PROVIDER_CALLS = ("charge", "find", "cancel", "refund")


def lay(folder: Path) -> None:
    """Put this file where workers find it: they know nothing of our packages."""
    shutil.copy(__file__, folder / "fault_switch.py")


def clock(folder: Path) -> Callable[[], float]:
    """The time as the workers have it, in epoch seconds; for the emulator, which has its own."""
    rules = Rules(folder)

    def now() -> float:
        rules.look()
        return time.time() + rules.offset_seconds

    return now


class Rules:
    """What the test has written last."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / RULES
        self._version: tuple[int, int] | None = None
        self.offset_seconds: float = 0
        self.seed: object = None
        self.faults: list[dict[str, Any]] = []

    def look(self) -> bool:
        """Whether there is news; costs one `stat` if there is none."""
        try:
            found = self._file.stat()
        except FileNotFoundError:
            return False
        version = (found.st_mtime_ns, found.st_ino)
        if version == self._version:
            return False
        self._version = version
        rules = json.loads(self._file.read_text())
        self.offset_seconds = rules.get("offsetSeconds", 0)
        self.seed = rules.get("seed")
        self.faults = rules.get("faults", [])
        return True


class Switch:
    """One worker's. Made before its handler is imported, so that this sees the clock too."""

    def __init__(self, folder: Path, function: str) -> None:
        self._rules = Rules(folder)
        self._hits = folder / HITS
        self._function = function
        self._chance = random.Random()  # noqa: S311  # nosec B311
        self._clock: Any = None
        self.look()
        _hook_clients(self)

    def imported(self) -> None:
        """The handler's modules are there: put ourselves between them and what they call."""
        _hook_commits(self)
        _hook_provider(self)

    def look(self) -> None:
        """Take over what the test has changed."""
        if self._rules.look():
            self._chance.seed(f"{self._rules.seed} {self._function} {os.getpid()}")
            self._set_clock(self._rules.offset_seconds)

    def strikes(self, point: str) -> str | None:
        """What shall go wrong at this point, now. It does not return if that is death."""
        for place, fault in enumerate(self._rules.faults):
            if (
                fnmatch.fnmatch(point, fault["at"])
                and fnmatch.fnmatch(self._function, fault.get("function", "*"))
                and self._chance.random() < fault.get("probability", 1)
                and self._claim(place, fault.get("times"))
            ):
                if fault["do"] == "die":
                    # As SIGKILL would: nothing is flushed, closed or told.
                    os._exit(137)
                return str(fault["do"])
        return None

    def _claim(self, place: int, times: int | None) -> bool:
        """Take one of the fault's strikes, before any other worker does."""
        self._hits.mkdir(exist_ok=True)
        for number in itertools.count() if times is None else range(times):
            try:
                (self._hits / f"{place}-{number}").touch(exist_ok=False)
            except FileExistsError:
                continue
            return True
        return False

    def _set_clock(self, offset_seconds: float) -> None:
        if self._clock is None and not offset_seconds:
            return
        import time_machine

        if self._clock is None:
            self._clock = time_machine.travel(time.time() + offset_seconds, tick=True).start()
        else:
            self._clock.move_to(time_machine.escape_hatch.time.time() + offset_seconds)


def _hook_clients(switch: Switch) -> None:
    """Stand between every client that botocore will make and its service."""
    import botocore.handlers
    from botocore.awsrequest import AWSResponse
    from botocore.exceptions import ReadTimeoutError

    def before(request: Any, event_name: str, **_: Any) -> Any:
        answer = switch.strikes(event_name)
        if answer is None:
            return None
        body = _refusal(answer, event_name, request)
        headers: Any = {"content-type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, 400, headers, _Body(json.dumps(body).encode()))

    def after(event_name: str, **_: Any) -> None:
        if switch.strikes(event_name):
            raise ReadTimeoutError(endpoint_url=event_name)

    botocore.handlers.BUILTIN_HANDLERS += [("before-send", before), ("after-call", after)]


class _Body(io.BytesIO):
    """As urllib3 hands a body to botocore."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def _refusal(answer: str, event_name: str, request: Any) -> dict[str, Any]:
    if answer == "throttle":
        return {"__type": "com.amazonaws.dynamodb#ProvisionedThroughputExceededException"}
    if not event_name.endswith(".TransactWriteItems"):
        return {"__type": "com.amazonaws.dynamodb#TransactionConflictException"}
    writes = json.loads(request.body)["TransactItems"]
    return {
        "__type": "com.amazonaws.dynamodb#TransactionCanceledException",
        "CancellationReasons": [{"Code": "TransactionConflict"} for _ in writes],
    }


def _hook_commits(switch: Switch) -> None:
    pg8000 = sys.modules.get("sqlalchemy.dialects.postgresql.pg8000")
    if pg8000 is None:
        return
    dialect = pg8000.PGDialect_pg8000
    commit = dialect.do_commit

    def lose(self: Any) -> NoReturn:
        raise self.loaded_dbapi.InterfaceError("The connection was lost.")

    def do_commit(self: Any, connection: Any) -> None:
        if switch.strikes("before-commit"):
            lose(self)
        commit(self, connection)
        if switch.strikes("after-commit"):
            lose(self)

    dialect.do_commit = do_commit


def _hook_provider(switch: Switch) -> None:
    simulator = sys.modules.get("functions.payments.providers.simulator")
    if simulator is None:
        return

    def hooked(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def lose() -> NoReturn:
            raise simulator.ProviderUnavailable.retry_after(1, "The provider did not answer.")

        @wraps(call)
        def run(*given: Any, **named: Any) -> Any:
            if switch.strikes(f"before-provider.{name}"):
                lose()
            answer = call(*given, **named)
            if switch.strikes(f"after-provider.{name}"):
                lose()
            return answer

        return run

    for name in _PROVIDER_CALLS:
        setattr(simulator.Simulator, name, hooked(name, getattr(simulator.Simulator, name)))
