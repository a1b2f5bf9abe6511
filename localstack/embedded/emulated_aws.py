"""Who plays AWS for a stack: MiniStack, unless another is asked for (`localstack/host`)."""

import subprocess
from pathlib import Path
from typing import ClassVar, Protocol

from embedded.assembly import Stack
from embedded.processes import start_module
from embedded.settings import Settings
from embedded.state import StateFolder


class EmulatedAws(Protocol):
    """How it is started, and what has to be known of it."""

    # The path that answers 200 once it is there, and how long that may take.
    health: ClassVar[str]
    start_seconds: ClassVar[float]
    # Whether it is as it was when it is started again.
    keeps_state: ClassVar[bool]
    # The path of what its functions have counted, in Prometheus' text format; None without.
    metrics: ClassVar[str | None]

    def start(
        self, port: int, state: StateFolder, settings: Settings, log: Path
    ) -> "subprocess.Popen[bytes]":
        """Begin to serve this port of the loopback. Raises StackError."""

    def adapt(self, stack: Stack) -> Stack:
        """The stack as it can be made there."""

    def finish(self, assembly: Path, endpoint: str) -> None:
        """Do what is left to do when every stack is deployed."""


class MiniStack:
    """The embedded stack's: a process of the venv's own interpreter (`emulator.py`)."""

    health: ClassVar[str] = "/_ministack/health"
    start_seconds: ClassVar[float] = 30.0
    keeps_state: ClassVar[bool] = True
    metrics: ClassVar[str | None] = "/_boxoffice/metrics"

    def start(
        self, port: int, state: StateFolder, settings: Settings, log: Path
    ) -> "subprocess.Popen[bytes]":
        arguments = [
            *("--port", str(port), "--state", str(state.aws)),
            *("--functions-log", str(state.logs / "functions.log")),
            *("--temporary", str(state.temporary)),
            *(("--live", str(state.live)) if settings.is_live else ()),
            *(("--switch", str(switch)) if (switch := settings.test_switch) else ()),
            *(("--meter", str(meter)) if (meter := settings.meter) else ()),
        ]
        return start_module("embedded.emulator", arguments, log)

    def adapt(self, stack: Stack) -> Stack:
        return stack

    def finish(self, assembly: Path, endpoint: str) -> None:
        """Nothing is left to do."""
