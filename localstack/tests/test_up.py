"""The launcher: what it refuses, and that it leaves nothing running however it ends."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from embedded.config import HOST
from embedded.processes import stop
from embedded.state import StateFolder
from launched import Launch


def test_a_port_in_use_is_one_clear_line(launch: Launch) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        run = launch(BOXOFFICE_PORT=port)
        assert run.ends() == 1
    assert run.said == f"Boxoffice: Port {port} is in use. Set BOXOFFICE_PORT to another one.\n"
    assert run.running() == []


def test_a_state_folder_that_cannot_be_written_is_one_clear_line(
    launch: Launch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    # A folder can't be made below a file, by nobody: root may write in any folder.
    folder = tmp_path / "file" / "state"
    run = launch(folder)
    assert run.ends() == 1
    assert run.said == (
        f"Boxoffice: The state folder {folder} can't be written: Not a directory. "
        "Set BOXOFFICE_STATE_DIR to one that can.\n"
    )


def test_a_setting_that_is_no_number_is_one_clear_line(launch: Launch, state: Path) -> None:
    run = launch(BOXOFFICE_PAYMENT_SECONDS="soon")
    assert run.ends() == 1
    assert run.said == (
        "Boxoffice: BOXOFFICE_PAYMENT_SECONDS must be a number from 1 to 86400, not 'soon'.\n"
    )
    assert not state.exists()


def test_a_second_run_on_the_same_state_touches_nothing(launch: Launch, state: Path) -> None:
    first = StateFolder(state)
    first.open()
    before = {path: path.read_bytes() for path in state.iterdir()}
    run = launch(BOXOFFICE_FRESH="1")
    assert run.ends() == 1
    assert f"Boxoffice runs already on {state} (process {os.getpid()})" in run.said
    assert {path: path.read_bytes() for path in state.iterdir()} == before
    first.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_during_the_start_ends_everything(launch: Launch, number: signal.Signals) -> None:
    run = launch()
    run.says("Templates")
    assert run.running()
    # make passes on what the terminal has sent already.
    run.process.send_signal(number)
    time.sleep(0.05)
    run.process.send_signal(number)
    assert run.ends() == 0
    assert run.said.endswith("Boxoffice is stopped; its state is kept.\n")
    assert run.running() == []


def test_what_a_killed_run_left_behind_is_ended_by_the_next(launch: Launch) -> None:
    killed = launch()
    killed.says("Templates")
    killed.process.kill()
    killed.ends()
    left = killed.running()
    assert left

    run = launch()
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
