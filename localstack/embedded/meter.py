"""Counts, in the workers of a running stack, what each invocation asks of AWS and of Postgres.

Only a worker whose emulator was started with BOXOFFICE_METER imports this file, from the folder
which that variable names. It counts while the folder holds a file `on`, and then adds a line of
JSON to `invocations.jsonl` for each invocation (`bench/invocations.py` reads them). No template,
bundle or environment of a function knows of it.
"""

import importlib
import json
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

ON = "on"
INVOCATIONS = "invocations.jsonl"
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def lay(folder: Path) -> None:
    """Put this file, and what it counts by, where workers find it: they know nothing of ours."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("meter.py", "bench/metering.py"):
        shutil.copy(Path(__file__).parent / name, folder)


class Meter:
    """One worker's. Made before its handler is imported, so that this sees what is logged too."""

    def __init__(self, folder: Path, function: str) -> None:
        self._on = folder / ON
        self._invocations = folder / INVOCATIONS
        self._function = function
        # Imported by its name alone: it lies beside this file here.
        self._metering: Any = importlib.import_module("metering")
        self._is_counting = False
        self._calls: Counter[str] = Counter()
        self._bill: Any = None
        self._events = self._statements = 0
        self._log = _CountedLog(sys.stderr)
        sys.stdout = sys.stderr = self._log
        self._hook_clients()

    def imported(self) -> None:
        """The handler's modules are there: put ourselves between them and Postgres."""
        if "pg8000" not in sys.modules:
            return
        core: Any = importlib.import_module("pg8000.core").CoreConnection
        for name in ("execute_simple", "execute_unnamed", "execute_named"):
            setattr(core, name, self._counted(getattr(core, name)))

    @contextmanager
    def invocation(self, event: Any) -> Iterator[None]:
        """Count what is done meanwhile, by whichever thread, and write it down."""
        self._is_counting = self._on.exists()
        if not self._is_counting:
            yield
            return
        self._calls, self._bill = Counter(), self._metering.Bill()
        self._events = self._statements = 0
        logged, began = self._log.written, time.process_time()
        try:
            yield
        finally:
            line = {
                "function": self._function,
                "what": _what(event),
                # Taken first: what follows is our own work.
                "cpuSeconds": time.process_time() - began,
                "ids": sorted(set(_ID.findall(json.dumps(event)))),
                "calls": self._calls,
                "readUnits": self._bill.read_units,
                "writeUnits": self._bill.write_units,
                "events": self._events,
                "statements": self._statements,
                "logBytes": self._log.written - logged,
            }
            # One write to the end of the file: lines of several workers never mix.
            with self._invocations.open("a") as file:
                file.write(json.dumps(line) + "\n")

    def _hook_clients(self) -> None:
        """See every call of every client that botocore will make, and what DynamoDB charges."""
        import botocore.handlers

        def ask(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
            if self._is_counting:
                params["ReturnConsumedCapacity"] = "TOTAL"
                context["asked"] = params

        def tell(params: dict[str, Any], **_: Any) -> None:
            self._events += len(params["Entries"])

        def answered(parsed: Any, model: Any, context: dict[str, Any], **_: Any) -> None:
            if not self._is_counting:
                return
            self._calls[f"{model.service_model.service_name}.{model.name}"] += 1
            if "asked" in context and "Error" not in parsed:
                self._metering.add(self._bill, model.name, context["asked"], parsed)

        botocore.handlers.BUILTIN_HANDLERS += [
            ("provide-client-params.dynamodb", ask),
            ("provide-client-params.events.PutEvents", tell),
            ("after-call", answered),
        ]

    def _counted(self, execute: Any) -> Any:
        def counted(connection: Any, *given: Any, **named: Any) -> Any:
            self._statements += 1
            return execute(connection, *given, **named)

        return counted


class _CountedLog:
    """A function's log, which knows how long it is."""

    def __init__(self, log: TextIO) -> None:
        self._log = log
        self.written = 0

    def write(self, text: str) -> int:
        self.written += len(text.encode())
        return self._log.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


def _what(event: Any) -> str:
    """What a function was called for: a request, a task, a stream's records, an event."""
    match event:
        case {"httpMethod": str(method), "path": str(path)}:
            return f"{method} {path}"
        case {"task": str(task)}:
            return task
        case {"Records": [{"dynamodb": _}, *_] as records}:
            return _changes(records)
        case {"detail-type": str(detail_type)}:
            return detail_type
        case Mapping():
            return "another event"
    return type(event).__name__


def _changes(records: Sequence[Mapping[str, Any]]) -> str:
    """Of a stream: how many items of which kind were changed how, such as `2 REMOVE CLAIMS`."""
    kinds = Counter(
        f"{record['eventName']} {record['dynamodb']['Keys']['PK']['S'].partition('#')[0]}"
        for record in records
    )
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
