"""A whole stack for a test: started like `make up`, on free ports, in a folder of its own."""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from embedded.aws import client
from embedded.config import HOST, POSTGRES_DOMAINS, free_port
from embedded.databases import Database
from embedded.processes import StartError, start_module, stop
from embedded.settings import Settings
from infra.names import Names

READY = "Boxoffice is ready at"
# In the state folder of a stack that is measured (`meter.py`).
METER_FOLDER = "meter"
_START_SECONDS = 180


@dataclass(frozen=True)
class RunningStack:
    """How a running stack is reached, from the outside and behind its back."""

    url: str
    endpoint: str
    database_port: int
    state: Path
    processes: dict[str, int]

    @classmethod
    def of(cls, state: Path) -> "RunningStack":
        """The stack that runs on this state folder."""
        said = json.loads((state / "stack.json").read_text())
        return cls(said["url"], said["endpoint"], said["databasePort"], state, said["processes"])

    @property
    def names(self) -> Names:
        """The names of tables, functions and state machines."""
        return Names("local")

    @property
    def databases(self) -> dict[str, Database]:
        """Each domain's database, as its own role."""
        return {
            domain: Database(self.database_port, domain, domain, host=HOST)
            for domain in POSTGRES_DOMAINS
        }

    @property
    def tables(self) -> dict[str, str]:
        return {domain: self.names.table(domain) for domain in ("seating", "orders")}

    @property
    def meter(self) -> Path:
        """Where its workers count, if it was started to be measured."""
        return self.state / METER_FOLDER

    def client(self, service: str) -> Any:
        """A boto3 client of the stack's emulated AWS."""
        return client(service, self.endpoint)


@contextlib.contextmanager
def running_stack(
    settings: Settings, module: str = "embedded.up", state: Path | None = None
) -> Iterator[RunningStack]:
    """Start a stack with these settings, on a free port if theirs is 0. Raises StartError.

    `module` starts it; `state` is the folder that it then uses, if not that of the settings.
    """
    if settings.port == 0:
        settings = replace(settings, port=free_port())
    log = settings.state / "up.log"
    process = start_module(module, [], log, os.environ | settings.environment)
    try:
        _await_ready(process, log)
        yield RunningStack.of(state or settings.state)
    finally:
        stop(process, seconds=60)


def _await_ready(process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if READY in log.read_text():
            return
        time.sleep(0.1)
    raise StartError(f"The stack did not start:\n{log.read_text()}")
