"""Workers that are forked from a process which has imported already what most of them import.

Upstream starts an interpreter for each worker, and so each imports the same 700 modules: most of a
second of CPU, some thirty times while a stack starts and is first used.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import IO, Any

from ministack.core import lambda_runtime

from embedded import fork_server


def fork_workers() -> None:
    """Have Python's workers forked; what else upstream starts, it starts as before."""
    server = ForkServer()

    def begin(command: Sequence[str], **chosen: Any) -> object:
        if command[0] == sys.executable:
            return server.fork(command[1], chosen["cwd"], chosen["env"])
        return subprocess.Popen(command, **chosen)  # noqa: S603

    # The module as upstream knows it there, and there alone.
    lambda_runtime.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": begin})


class ForkServer:
    """The process that workers are forked from; it begins to import at once."""

    def __init__(self) -> None:
        self._asking, asked = socket.socketpair()
        self._answers = self._asking.makefile("rb")
        self._lock = threading.Lock()
        with asked:
            # Not in the script's own folder, where modules of common names are.
            command = [sys.executable, "-P", fork_server.__file__, str(asked.fileno())]
            self._process = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.DEVNULL, pass_fds=[asked.fileno()]
            )

    def fork(self, script: str, folder: str, environment: Mapping[str, str]) -> "Forked":
        """A worker that runs this script. Raises RuntimeError when nobody is there to fork it."""
        ours: list[int] = []
        theirs: list[int] = []
        for number in range(fork_server.PIPES):
            reading, writing = os.pipe()
            # Of these the worker reads the first, and writes to the others.
            ours.append(reading if number else writing)
            theirs.append(writing if number else reading)
        request = {"script": script, "folder": folder, "environment": dict(environment)}
        answer = b""
        try:
            # What is broken off has ended, as what answers nothing.
            with self._lock, suppress(BrokenPipeError, ConnectionResetError):
                socket.send_fds(self._asking, [b"+"], theirs)
                self._asking.sendall(json.dumps(request).encode() + b"\n")
                answer = self._answers.readline()
        finally:
            for pipe in theirs:
                os.close(pipe)
        if not answer:
            for pipe in ours:
                os.close(pipe)
            raise RuntimeError("The fork server has ended.")
        return Forked(int(answer), ours)

    def close(self) -> None:
        """End it; the workers go on, until nobody speaks to them."""
        self._answers.close()
        self._asking.close()
        self._process.wait()


class Forked:
    """As much of `subprocess.Popen` as upstream asks of a worker."""

    def __init__(self, process_id: int, pipes: Sequence[int]) -> None:
        self.pid = process_id
        self.stdin: IO[str] = os.fdopen(pipes[0], "w", buffering=1)
        self.stdout: IO[str] = os.fdopen(pipes[1])
        self.stderr: IO[str] = os.fdopen(pipes[2])
        self._alive = os.fdopen(pipes[3], "rb")
        self._end = select.poll()
        self._end.register(self._alive, select.POLLIN)

    def poll(self) -> int | None:
        """None while it lives. How it ended nobody knows, or asks."""
        return 0 if self._has_ended(0) else None

    def wait(self, timeout: float | None = None) -> int:
        if not self._has_ended(timeout):
            raise subprocess.TimeoutExpired("a worker", timeout or 0)
        return 0

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def close(self) -> None:
        """Speak to it no more, which ends it."""
        for pipe in (self.stdin, self.stdout, self.stderr, self._alive):
            pipe.close()

    def _signal(self, number: int) -> None:
        if self.poll() is None:
            # It may have ended just now.
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _has_ended(self, seconds: float | None) -> bool:
        return bool(self._end.poll(None if seconds is None else seconds * 1_000))
