"""A run that breaks off, wherever it does, is finished by the next one."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from embedded.config import REPOSITORY
from embedded.importer.progress import WORKERS
from embedded.importer.transport import ImportStopped
from starlette.responses import Response

from importer.fake_api import FakeApi, serving
from importer.runs import AGAIN, NOW, WRITES, counts, everything, run


@pytest.fixture(scope="module")
def unbroken() -> Any:
    """All that one whole run imports."""
    with serving(FakeApi()) as api:
        run(api, Path(__file__).parent / "etsr")
        return everything(api.shop)


class BrokenOff(Exception):  # noqa: N818 - what it then is
    """The system falls over after it wrote and before it answered."""


def break_off(fake: FakeApi, at: int) -> None:
    """Let it fall over at this write, and stay so."""

    def after_write(written: int) -> None:
        if written == at:
            fake.instead = lambda _: Response("out of order", 500)
            raise BrokenOff

    fake.after_write = after_write


def mend(fake: FakeApi) -> None:
    fake.after_write = lambda _: None
    fake.instead = lambda _: None


@pytest.mark.parametrize("writes", range(1, WRITES + 1))
def test_a_run_broken_off_at_any_write_is_finished_by_the_next(
    fake: FakeApi, etsr: Path, unbroken: Any, writes: int
) -> None:
    break_off(fake, writes)
    with pytest.raises(ImportStopped):
        run(fake, etsr)
    mend(fake)
    # The other workers' writes may have been on their way when it fell over.
    assert writes <= len(fake.writes) < writes + WORKERS
    finished = run(fake, etsr, NOW + timedelta(days=3))

    assert len(fake.writes) == WRITES
    assert everything(fake.shop) == unbroken
    assert len(finished.mismatches) == 1
    assert counts(run(fake, etsr)) == AGAIN


@pytest.mark.parametrize("writes", [4, 10, 15, 19])
def test_a_killed_run_is_finished_by_the_next(
    fake: FakeApi, etsr: Path, unbroken: Any, writes: int
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "embedded.importer", str(etsr), "--url", fake.url],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY / "localstack")},
        stderr=subprocess.DEVNULL,
    )
    fake.after_write = lambda written: process.kill() if written == writes else None
    assert process.wait(timeout=60) == -signal.SIGKILL

    run(fake, etsr, NOW + timedelta(days=3))

    assert len(fake.writes) == WRITES
    assert everything(fake.shop) == unbroken
    assert counts(run(fake, etsr)) == AGAIN
