"""One emulator with the mends and one without."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from embedded.processes import stop

from mends.emulators import Emulator, start


@pytest.fixture(scope="package")
def mended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    emulator = start(tmp_path_factory.mktemp("mended"), mended=True)
    yield emulator
    stop(emulator.process)


@pytest.fixture(scope="package")
def unmended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    emulator = start(tmp_path_factory.mktemp("unmended"), mended=False)
    yield emulator
    stop(emulator.process)


@pytest.fixture
def starts() -> Iterator[Callable[..., Emulator]]:
    """Starts emulators that are stopped in the end, however the test goes."""
    with contextlib.ExitStack() as ends:

        def run(folder: Path, *, mended: bool) -> Emulator:
            emulator = start(folder, mended=mended)
            ends.callback(stop, emulator.process)
            return emulator

        yield run
