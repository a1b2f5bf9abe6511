"""A run that breaks off, wherever it does, is finished by the next one."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from embedded.config import REPOSITORY
from embedded.importer.client import ImportStopped

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


def after(writes: int) -> Callable[[int], None]:
    def break_off(written: int) -> None:
        if written >= writes:
            raise BrokenOff

    return break_off


@pytest.mark.parametrize("writes", range(1, WRITES + 1))
def test_a_run_broken_off_at_any_write_is_finished_by_the_next(
    fake: FakeApi, etsr: Path, unbroken: Any, writes: int
) -> None:
    fake.after_write = after(writes)
    with pytest.raises(ImportStopped):
        run(fake, etsr)
    fake.after_write = lambda _: None
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
