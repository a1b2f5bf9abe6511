"""What a part has not written down when it is killed is lost, so it is waited for, or said so."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from embedded import up
from embedded.emulated_aws import MiniStack
from embedded.interrupts import Stopped
from embedded.processes import stop
from embedded.settings import Settings

DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(60)
"""
SLOW = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (time.sleep(1), sys.exit(0)))
print("slow", flush=True)
time.sleep(60)
"""


def started(program: str) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    return process


def test_a_process_that_takes_its_time_is_waited_for() -> None:
    process = started(SLOW)
    assert stop(process, seconds=30)
    assert process.returncode == 0


def test_a_process_that_does_not_stop_is_killed_and_that_is_said() -> None:
    process = started(DEAF)
    assert not stop(process, seconds=0.3)
    assert process.returncode == -signal.SIGKILL


def test_a_stack_that_lost_what_a_part_had_not_written_down_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Silent:
        """The parts of a stack whose emulator does not stop, and whose user has asked it to."""

        def __init__(self, *_given: object) -> None: ...

        def start(self) -> None:
            raise Stopped

        def stop(self) -> list[str]:
            return ["emulator"]

        def ignore(self) -> None: ...

    monkeypatch.setattr(up, "Launcher", Silent)
    monkeypatch.setattr(up, "Interrupts", Silent)
    with pytest.raises(up.PartKilledError, match="emulator did not end in time"):
        up.run(Settings(port=0, state=tmp_path), MiniStack())
    assert "its state is kept" not in capsys.readouterr().out
