"""Starting, awaiting and ending the processes of the stack.

Each process leads a session of its own, so that a Ctrl-C in the terminal reaches only the launcher,
which then ends the others in order.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
import psutil

from embedded.config import HOST, REPOSITORY
from embedded.errors import StackError


class StartError(StackError):
    """A process ended, or did not answer in time; the message is one line for the user."""


def start_module(
    module: str, arguments: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Run `python -m module` on our own interpreter, with everything it says going to `log`."""
    paths = os.pathsep.join([str(REPOSITORY / "localstack"), str(REPOSITORY)])
    chosen = {**(os.environ if environment is None else environment), "PYTHONPATH": paths}
    return start_program([sys.executable, "-m", module, *arguments], log, chosen)


def start_program(
    command: Sequence[str], log: Path, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Run a command in this environment alone, with everything it says going to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(environment),
            start_new_session=True,
        )


def await_answer(url: str, process: subprocess.Popen[bytes], seconds: float, log: Path) -> None:
    """Return once `url` answers 200. Raises StartError when it does not in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url, timeout=5).status_code == httpx.codes.OK:
                return
        time.sleep(0.03)
    raise StartError(f"Nothing answers at {url}; see {log}.")


def await_port(port: int, process: subprocess.Popen[bytes], seconds: float, log: Path) -> None:
    """Return once somebody listens on the port. Raises StartError when nobody does in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.03)
    raise StartError(f"Nobody listens on port {port}; see {log}.")


def stop(
    process: subprocess.Popen[bytes], number: int = signal.SIGTERM, seconds: float = 20
) -> bool:
    """End a process we started and all it started: asked first, then killed. False if killed."""
    if process.poll() is None:
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)
    # Its children share its session; those that outlived it have nobody to answer to.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait() != -signal.SIGKILL


def stop_stranger(pid: int, started_at: float, number: int, seconds: float) -> bool:
    """End a process of an earlier run, if `pid` is still that process. True if it was."""
    try:
        process = psutil.Process(pid)
        if abs(process.create_time() - started_at) > 0.01:
            return False
        process.send_signal(number)
        process.wait(timeout=seconds)
    except psutil.NoSuchProcess:
        return False
    except psutil.TimeoutExpired:
        os.killpg(pid, signal.SIGKILL)
    return True
