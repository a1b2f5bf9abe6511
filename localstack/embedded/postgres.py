"""The embedded Postgres: one server on a loopback port.

Stopped by SIGINT (Postgres' "fast" shutdown); after a crash it recovers by its own log.
"""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Final

import psutil

from embedded.config import HOST
from embedded.databases import SUPERUSER, PostgresError, Server
from embedded.postgres_home import Home, find_home, remove_home
from embedded.processes import stop

# A "fast" shutdown: disconnect everybody, write everything down, end.
STOP_SIGNAL: Final = signal.SIGINT
_START_SECONDS: Final = 60

_SETTINGS: Final = {
    "listen_addresses": HOST,
    # Loopback only, and a socket's path may not be longer than 107 characters.
    "unix_socket_directories": "",
    # Each warm Lambda worker keeps a connection of its own.
    "max_connections": "300",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Details of an error quote the row it is about: a person's, often.
    "log_error_verbosity": "terse",
}
# For tests that throw the data away: a crash may lose it, and each commit is much cheaper.
_THROWAWAY: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(Server):
    """One server whose data belong to `folder`. Nothing is started before `start`."""

    def __init__(self, folder: Path, port: int, log: Path, *, durable: bool = True) -> None:
        self.folder = folder
        self.port = port
        self.log = log
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        """Serve, on a new data folder if there is none. Raises PostgresError."""
        self.prepare()
        process = self.launch()
        self.await_ready()
        return process

    def prepare(self) -> None:
        """Create the data folder if need be; end a server that was left on it."""
        home = find_home(self.folder)
        if not (home.folder / "data" / "PG_VERSION").exists():
            self._initialize(home, home.folder / "data")
        _end_leftover(home.folder / "data")

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the server on its prepared folder, without waiting for it."""
        home = find_home(self.folder)
        settings = _SETTINGS if self.durable else _SETTINGS | _THROWAWAY
        options = [f"--{name}={value}" for name, value in settings.items()]
        data = str(home.folder / "data")
        command = [str(home.programs / "postgres"), "-D", data, f"--port={self.port}", *options]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                command, stdout=log, stderr=log, start_new_session=True, **_as_user(home)
            )
        return self.process

    def await_ready(self) -> None:
        """Return once the launched server answers. Raises PostgresError."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self.process and self.process.poll() is None:
            lines = _lock_lines(self.folder / "data")
            # An older server's file may still be there for a moment.
            if lines[:1] == [str(self.process.pid)] and lines[-1].strip() == "ready":
                return
            time.sleep(0.02)
        raise PostgresError(f"Postgres did not start; see {self.log}.")

    def stop(self, seconds: float = 20) -> bool:
        """End the server, if it runs. True, for nothing is lost however it ended.

        What it has promised is in its log, and the next start recovers it. So one that crashed
        before has ended too, and one that does not end in time is killed: asked to while it
        recovers from a crash, a Postgres 18 once stayed for good.
        """
        if self.process is not None:
            # Data to be thrown away need not be written down first.
            stop(self.process, STOP_SIGNAL if self.durable else signal.SIGQUIT, seconds)
        return True

    def remove(self) -> None:
        """Delete the data. The server must be stopped."""
        remove_home(self.folder)

    @property
    def superuser_password(self) -> str:
        return (self.folder / "superuser").read_text()

    def _initialize(self, home: Home, data: Path) -> None:
        # A first start that broke off leaves half a data folder, which initdb would refuse.
        shutil.rmtree(data, ignore_errors=True)
        password = home.folder / "superuser"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        home.own(password)
        data.mkdir(mode=0o700)
        home.own(data)
        options = [
            *("--username", SUPERUSER, "--pwfile", str(password), "--auth", "scram-sha-256"),
            # Built in, so that sorting and lower() are the same on every machine.
            *("--encoding", "UTF8", "--locale-provider", "builtin", "--locale", "C.UTF-8"),
            # Every file would be synced once more; the first checkpoint does it all the same.
            "--no-sync",
        ]
        command = [str(home.programs / "initdb"), "-D", str(data), *options]
        done = subprocess.run(  # noqa: S603
            command, check=False, capture_output=True, text=True, **_as_user(home)
        )
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a") as log:
            log.write(done.stdout + done.stderr)
        if done.returncode:
            raise PostgresError(f"Postgres could not create its data folder; see {self.log}.")


def _as_user(home: Home) -> dict[str, Any]:
    """What makes a child process the server's own user, in a folder that user can enter."""
    arguments: dict[str, Any] = {"cwd": home.folder, "env": {"LANG": "C", "PATH": os.defpath}}
    if home.user is not None:
        arguments |= {"user": home.user, "group": home.group, "extra_groups": []}
    return arguments


def _lock_lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _end_leftover(data: Path) -> None:
    """End a server that a killed launcher left on this folder, and forget a dead one's lock.

    Postgres takes any live process with the recorded number for its predecessor and refuses to
    start; after a reboot that may be anybody.
    """
    lines = _lock_lines(data)
    if not lines:
        return
    try:
        process = psutil.Process(int(lines[0]))
        if str(data) in process.cmdline():
            process.send_signal(STOP_SIGNAL)
            process.wait(timeout=30)
            return
    except psutil.NoSuchProcess:
        _end_orphans(data)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _end_orphans(data: Path) -> None:
    """End what a killed server's own processes are still doing; two servers may never share data.

    They notice at once when they wait, and only then.
    """
    orphans = [process for process in psutil.process_iter() if _works_in(process, data)]
    _ended, alive = psutil.wait_procs(orphans, timeout=2)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGQUIT)
    _ended, alive = psutil.wait_procs(alive, timeout=10)
    if alive:
        raise PostgresError(
            f"Processes of a killed server don't end: {[one.pid for one in alive]}."
        )


def _works_in(process: psutil.Process, data: Path) -> bool:
    try:
        # Each of a server's processes works in its data folder.
        return process.name() == "postgres" and process.cwd() == str(data.resolve())
    except psutil.Error:
        return False
