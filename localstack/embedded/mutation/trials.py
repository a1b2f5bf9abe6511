"""Tries mutants: each is put into a copy of the repository, and its tests are run there."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import Final, NamedTuple

from embedded.config import REPOSITORY
from embedded.mutation.mutants import Mutant, mutants_of
from embedded.mutation.targets import Target

# Far above what tests take, so that a slow machine is not taken for a noticed mutant.
_SECONDS: Final = 400


class Trial(NamedTuple):
    """Whether the tests noticed a mutant: by failing, or by not coming to an end."""

    mutant: Mutant
    is_killed: bool


class Copies:
    """Copies of what is under version control, one for each that works at once."""

    def __init__(self, folder: Path, count: int) -> None:
        self._free: SimpleQueue[Path] = SimpleQueue()
        self._count = count
        listed = _run(["git", "ls-files", "-z"], REPOSITORY).stdout.split("\0")
        for number in range(count):
            copied = folder / str(number)
            shutil.rmtree(copied, ignore_errors=True)
            for name in filter(None, listed):
                # One that is deleted and not yet committed is listed too.
                if (REPOSITORY / name).is_file():
                    (copied / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(REPOSITORY / name, copied / name)
            self._free.put(copied)

    def try_all(self, target: Target, every: int = 1) -> Iterator[Trial]:
        """Every mutant of a target, or one in so many.

        Raises RuntimeError if its tests fail without one.
        """
        source = (REPOSITORY / target.module).read_text()
        if self._is_noticed(target, Mutant("", source)):
            raise RuntimeError(f"The tests of {target.module} fail as it is.")
        chosen = islice(mutants_of(source), 0, None, every)
        with ThreadPoolExecutor(self._count) as pool:
            yield from pool.map(
                lambda mutant: Trial(mutant, self._is_noticed(target, mutant)), chosen
            )

    def _is_noticed(self, target: Target, mutant: Mutant) -> bool:
        copied = self._free.get()
        module = copied / target.module
        original = module.read_text()
        try:
            _write(module, mutant.source)
            tests = ["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *target.tests]
            return _run([sys.executable, *tests], copied).returncode != 0
        except subprocess.TimeoutExpired:
            return True
        finally:
            _write(module, original)
            self._free.put(copied)


def _write(module: Path, source: str) -> None:
    module.write_text(source)
    # A compiled file is taken for current if size and second are the same.
    for compiled in (module.parent / "__pycache__").glob(f"{module.stem}.*.pyc"):
        compiled.unlink()


def _run(command: Sequence[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(  # noqa: S603 - a list of our own making
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
