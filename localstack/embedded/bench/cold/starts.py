"""Starts functions in interpreters of their own, by turns, and says what each start took."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from embedded.bench.cold.functions import Candidate
from embedded.errors import StackError

_PROGRAM: Final = Path(__file__).with_name("initialise.py")
# `import time:  self [us] | cumulative | imported package`
_IMPORTED: Final = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+([\w.]+)")


class Start(NamedTuple):
    """Processor time of importing a handler, and how many modules that brought."""

    seconds: float
    modules: int


class CannotStart(StackError):  # noqa: N818 - what went wrong, in a word
    """A function's handler could not be imported; the message is what it said."""


def measure_starts(functions: Sequence[Candidate], rounds: int) -> dict[str, Start]:
    """The least of each: a start does the same each time, and what is more is the machine's.

    Raises CannotStart.
    """
    seen: dict[str, list[Start]] = {one.name: [] for one in functions}
    for _ in range(rounds):
        for one in functions:
            seen[one.name].append(_start(one))
    return {name: min(starts) for name, starts in seen.items()}


def spent_on(function: Candidate) -> dict[str, float]:
    """The seconds that each package's own modules took, by one start. Raises CannotStart."""
    packages = Counter[str]()
    for line in _run(function, "-X", "importtime").stderr.splitlines():
        if found := _IMPORTED.match(line):
            packages[found[2].partition(".")[0]] += int(found[1])
    return {package: microseconds / 1e6 for package, microseconds in packages.items()}


def _start(function: Candidate) -> Start:
    seconds, modules = json.loads(_run(function).stdout.splitlines()[-1])
    return Start(seconds, modules)


def _run(function: Candidate, *options: str) -> "subprocess.CompletedProcess[str]":
    python = [sys.executable, "-I", "-S", *options, str(_PROGRAM)]
    folders = [str(folder) for folder in (function.code, function.layer, function.provided)]
    done = subprocess.run(  # noqa: S603
        [*python, *folders, function.module],
        env={"PATH": os.defpath, **function.variables},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotStart(f"{function.name} does not start: {done.stderr[-2_000:]}")
    return done
