"""The launcher: what it refuses, and that it leaves nothing running however it ends."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from embedded.config import HOST, free_port
from embedded.postgres_home import remove_home
from embedded.processes import start_module, stop
from embedded.settings import Settings
from embedded.state import StateFolder


class Run:
    """One `make up`, without make."""

    def __init__(self, state: Path, log: Path, **environment: str) -> None:
        self.state = state
        self.log = log
        settings = Settings(port=free_port(), state=state).environment | environment
        self.process = start_module("embedded.up", [], log, os.environ | settings)

    @property
    def said(self) -> str:
        return self.log.read_text()

    def says(self, text: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.said and self.process.poll() is None:
            assert time.monotonic() < deadline, f"It never said {text!r}:\n{self.said}"
            time.sleep(0.05)
        assert text in self.said, self.said

    def ends(self, seconds: float = 40) -> int:
        return self.process.wait(timeout=seconds)

    def running(self) -> list[psutil.Process]:
        """Every process that has to do with the state folder, the launcher apart."""
        places = {str(self.state), str((self.state / "postgres").resolve())}
        return [
            process
            for process in psutil.process_iter(["cmdline", "status"])
            if process.pid != self.process.pid
            and process.info["status"] != psutil.STATUS_ZOMBIE
            and any(place in word for word in process.info["cmdline"] or [] for place in places)
        ]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "state"
    yield folder
    remove_home(folder / "postgres")


def test_a_port_in_use_is_one_clear_line(state: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        run = Run(state, tmp_path / "log", BOXOFFICE_PORT=port)
        assert run.ends() == 1
    assert run.said == f"Boxoffice: Port {port} is in use. Set BOXOFFICE_PORT to another one.\n"
    assert run.running() == []


def test_a_state_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    # A folder can't be made below a file, by nobody: root may write in any folder.
    folder = tmp_path / "file" / "state"
    run = Run(folder, tmp_path / "log")
    assert run.ends() == 1
    assert run.said == (
        f"Boxoffice: The state folder {folder} can't be written: Not a directory. "
        "Set BOXOFFICE_STATE_DIR to one that can.\n"
    )


def test_a_setting_that_is_no_number_is_one_clear_line(state: Path, tmp_path: Path) -> None:
    run = Run(state, tmp_path / "log", BOXOFFICE_PAYMENT_SECONDS="soon")
    assert run.ends() == 1
    assert run.said == (
        "Boxoffice: BOXOFFICE_PAYMENT_SECONDS must be a number from 1 to 86400, not 'soon'.\n"
    )
    assert not state.exists()


def test_a_second_run_on_the_same_state_touches_nothing(state: Path, tmp_path: Path) -> None:
    first = StateFolder(state)
    first.open()
    before = {path: path.read_bytes() for path in state.iterdir()}
    run = Run(state, tmp_path / "log", BOXOFFICE_FRESH="1")
    assert run.ends() == 1
    assert f"Boxoffice runs already on {state} (process {os.getpid()})" in run.said
    assert {path: path.read_bytes() for path in state.iterdir()} == before
    first.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_during_the_start_ends_everything(
    state: Path, tmp_path: Path, number: signal.Signals
) -> None:
    run = Run(state, tmp_path / "log")
    run.says("Templates")
    assert run.running()
    # make passes on what the terminal has sent already.
    run.process.send_signal(number)
    time.sleep(0.05)
    run.process.send_signal(number)
    assert run.ends() == 0
    assert run.said.endswith("Boxoffice is stopped; its state is kept.\n")
    assert run.running() == []


def test_what_a_killed_run_left_behind_is_ended_by_the_next(state: Path, tmp_path: Path) -> None:
    killed = Run(state, tmp_path / "first")
    killed.says("Templates")
    killed.process.kill()
    killed.ends()
    left = killed.running()
    assert left

    run = Run(state, tmp_path / "second")
    run.says("Templates")
    assert "Ended the emulator that a killed run had left behind." in run.said
    assert "Ended the postgres that a killed run had left behind." in run.said
    assert not any(process.is_running() for process in left)
    stop(run.process)
    assert run.running() == []


def test_a_process_that_took_a_dead_ones_number_is_left_alone(state: Path) -> None:
    folder = StateFolder(state)
    folder.open()
    bystander = subprocess.Popen(["/bin/sleep", "60"])
    folder.record_process("emulator", bystander.pid)
    noted = state / "processes.json"
    started_at = psutil.Process(bystander.pid).create_time()
    noted.write_text(noted.read_text().replace(str(started_at), str(started_at - 100)))
    assert folder.end_leftovers() == []
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()
    folder.close()
