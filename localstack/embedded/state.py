"""The state folder: everything a stack keeps, and who is using it."""

import fcntl
import json
import os
import shutil
import signal
from pathlib import Path
from typing import IO, Any, Final

import psutil

from embedded.config import free_port, is_port_free
from embedded.errors import StackError
from embedded.postgres_home import remove_home
from embedded.processes import stop_stranger

# What is no state of Boxoffice's: who runs, what was said, and what can be made again.
# Templates name Postgres' port: with another one they would have to be made again.
_KEPT_WHEN_FRESH: Final = frozenset({"lock", "logs", "ports.json", "cdk.out", "cdk.out.inputs"})
# A part that is killed while it writes its state down loses it, so a busy machine gets its time.
STOP_SECONDS: Final = 300


class StateError(StackError):
    """The folder can't be used; the message is one line for the user."""


class StateFolder:
    """One folder, used by one launcher at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.assembly = folder / "cdk.out"
        self.aws = folder / "aws"
        self.postgres = folder / "postgres"
        self.logs = folder / "logs"
        self.temporary = folder / "tmp"
        self.live = self.temporary / "live"
        self._lock: IO[str] | None = None

    def open(self) -> None:
        """Create the folder if need be and take its lock. Raises StateError, nothing changed."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / "lock").open("a+")
        except OSError as error:
            raise StateError(
                f"The state folder {self.folder} can't be written: {error.strerror}. "
                "Set BOXOFFICE_STATE_DIR to one that can."
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip() or "another process"
            lock.close()
            raise StateError(
                f"Boxoffice runs already on {self.folder} (process {owner}). Stop it first, or set "
                "BOXOFFICE_STATE_DIR and BOXOFFICE_PORT for a second one."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        # The lock is held for as long as the file is open, and so ends with us, however we end.
        self._lock = lock

    def close(self) -> None:
        """Give the folder free."""
        if self._lock is not None:
            self._lock.truncate(0)
            self._lock.close()
            self._lock = None

    def empty(self) -> None:
        """Delete all state. Nothing may be running on it."""
        remove_home(self.postgres)
        for path in self.folder.iterdir():
            if path.name not in _KEPT_WHEN_FRESH:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def prepare(self) -> None:
        """Create the folders that are there in every run, and drop what no run needs again."""
        shutil.rmtree(self.temporary, ignore_errors=True)
        for path in (self.logs, self.live, self.aws):
            path.mkdir(parents=True, exist_ok=True)

    def port(self, name: str) -> int:
        """A free port for an inner part: that of the last run if possible, as templates name it."""
        ports: dict[str, int] = self._read("ports.json")
        if name not in ports or not is_port_free(ports[name]):
            ports[name] = free_port()
            self._write("ports.json", ports)
        return ports[name]

    def record_process(self, name: str, pid: int, stop_signal: int = signal.SIGTERM) -> None:
        """Note a process, so that a later run can end it if we don't get to."""
        processes = self._read("processes.json")
        started_at = psutil.Process(pid).create_time()
        processes[name] = {"pid": pid, "startedAt": started_at, "stopSignal": int(stop_signal)}
        self._write("processes.json", processes)

    def end_leftovers(self) -> list[str]:
        """End what a launcher that was killed left running, the newest first; the names of it."""
        processes = self._read("processes.json")
        ended = [
            name
            for name, noted in reversed(processes.items())
            if stop_stranger(noted["pid"], noted["startedAt"], noted["stopSignal"], STOP_SECONDS)
        ]
        self.forget_processes()
        return ended

    def forget_processes(self) -> None:
        """All of them ended."""
        self._write("processes.json", {})

    def describe(self, stack: dict[str, Any] | None) -> None:
        """Say how the running stack is reached (`stack.json`), or that it no longer is."""
        if stack is None:
            (self.folder / "stack.json").unlink(missing_ok=True)
        else:
            self._write("stack.json", stack)

    def _read(self, name: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self.folder / name).read_text())
        except FileNotFoundError:
            return {}
        return found

    def _write(self, name: str, content: dict[str, Any]) -> None:
        # Replaced at once: a run that is killed meanwhile leaves the old file or the new one.
        fresh = self.folder / f"{name}.new"
        fresh.write_text(json.dumps(content, indent=2))
        fresh.replace(self.folder / name)
