"""Kills parts of a running stack, and stops and starts the whole of it."""

import os
import random
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
from embedded.processes import start_module, stop
from embedded.settings import Settings
from embedded.stack import READY, RunningStack
from embedded.state import STOP_SECONDS

# On a machine that has much else to do, with eight customers at the door.
_START_SECONDS = 600
_FOLDER = re.compile(r"/ministack-lambda-(boxoffice-[a-z-]+)-[^/-]+/code$")


class RestartableStack:
    """One stack on one state folder, for any number of runs."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._runs = 1
        self._process = self._launch()

    @property
    def running(self) -> RunningStack:
        return RunningStack.of(self.settings.state)

    def restart(self) -> None:
        """Stop it as Ctrl-C does, which lets the emulator write its state down; start it again."""
        stop(self._process, signal.SIGINT, seconds=2 * STOP_SECONDS)
        assert self._process.returncode == 0, self._log.read_text()
        self._runs += 1
        self._process = self._launch()
        self.await_ready()

    def stop(self) -> None:
        stop(self._process, seconds=STOP_SECONDS)

    @property
    def _log(self) -> Path:
        return self.settings.state / f"up-{self._runs}.log"

    def _launch(self) -> "subprocess.Popen[bytes]":
        return start_module("embedded.up", [], self._log, os.environ | self.settings.environment)

    def await_ready(self) -> None:
        """Return when it serves, or fail with what it said."""
        deadline = time.monotonic() + _START_SECONDS
        while READY not in self._log.read_text():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.1)


class Killer:
    """`kills` counts who was killed. Whoever it is has no chance to say or save anything."""

    def __init__(self, stack: RestartableStack, chance: random.Random) -> None:
        self._stack = stack
        self._chance = chance
        self.kills: Counter[str] = Counter()
        self.restarts = 0

    def kill(self, kind: str) -> None:
        victims: dict[str, Callable[[], tuple[str, psutil.Process] | None]] = {
            "worker": self._worker,
            "backend": self._backend,
            "postgres": self._postgres,
        }
        deadline = time.monotonic() + 60
        while True:
            found = victims[kind]()
            if found is not None:
                name, process = found
                try:
                    process.send_signal(signal.SIGKILL)
                except psutil.NoSuchProcess:
                    continue
                self.kills[name] += 1
                return
            assert time.monotonic() < deadline, f"There is no {kind} to kill."
            time.sleep(0.1)

    def restart(self) -> None:
        self._stack.restart()
        self.restarts += 1

    def _worker(self) -> tuple[str, psutil.Process] | None:
        """A function's process; one that is at work, if any is."""
        workers = _workers(self._process("emulator"))
        idle = {worker.pid: _cpu_seconds(worker) for worker in workers}
        time.sleep(0.03)
        busy = [worker for worker in workers if _cpu_seconds(worker) > idle[worker.pid]]
        if not workers:
            return None
        chosen = self._chance.choice(busy or workers)
        function = _function(chosen)
        if function is None:
            return None
        state = "busy" if busy else "idle"
        return f"{state} worker {function.removeprefix('boxoffice-local-')}", chosen

    def _backend(self) -> tuple[str, psutil.Process] | None:
        """The process of one connection; Postgres then breaks off all and recovers."""
        backends = _children(self._process("postgres"), "postgres: ")
        at_work = [
            one
            for one in backends
            if any(name in _line(one) for name in ("payments", "users", "catalog"))
        ]
        return ("backend", self._chance.choice(at_work)) if at_work else None

    def _postgres(self) -> tuple[str, psutil.Process] | None:
        server = self._process("postgres")
        return ("postgres", server) if server and server.is_running() else None

    def _process(self, part: str) -> psutil.Process | None:
        try:
            return psutil.Process(self._stack.running.processes[part])
        except psutil.NoSuchProcess:
            return None


def _workers(emulator: psutil.Process | None) -> list[psutil.Process]:
    if emulator is None:
        return []
    try:
        return [one for one in emulator.children(recursive=True) if _function(one) is not None]
    except psutil.NoSuchProcess:
        return []


def _function(worker: psutil.Process) -> str | None:
    """Whose worker it is: each has a folder of its own, named after the function."""
    try:
        found = _FOLDER.search(worker.cwd())
    except psutil.Error:
        return None
    return found and found[1]


def _children(parent: psutil.Process | None, word: str) -> list[psutil.Process]:
    if parent is None:
        return []
    try:
        return [child for child in parent.children() if word in _line(child)]
    except psutil.NoSuchProcess:
        return []


def _line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _cpu_seconds(process: psutil.Process) -> float:
    try:
        return sum(process.cpu_times()[:2])
    except psutil.Error:
        return 0
