"""Where and when something was measured: without it a figure says nothing."""

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

import psutil

from embedded.config import REPOSITORY

_PROCESSORS = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class Machine:
    cores: int
    processor: str
    memory_gib: float
    system: str
    python: str
    commit: str

    @classmethod
    def here(cls) -> Self:
        return cls(
            cores=psutil.cpu_count() or 0,
            processor=_processor(),
            memory_gib=psutil.virtual_memory().total / 2**30,
            system=f"{platform.system()} {platform.machine()}",
            python=platform.python_version(),
            commit=_commit(),
        )

    def __str__(self) -> str:
        return (
            f"{self.cores} cores ({self.processor}), {self.memory_gib:.0f} GiB, {self.system}, "
            f"Python {self.python}, commit {self.commit}"
        )


@dataclass(frozen=True)
class Conditions:
    """`load` is how many processes wanted a core in the minute before, at the start and the end."""

    machine: Machine
    began_at: datetime
    seconds: float
    load: tuple[float, float]

    def __str__(self) -> str:
        return (
            f"Measured {self.began_at:%Y-%m-%d %H:%M} UTC, in {self.seconds:.0f} s, on"
            f" {self.machine}. Load average {self.load[0]:.1f} before, {self.load[1]:.1f} after."
        )


def load() -> float:
    return os.getloadavg()[0]


def _processor() -> str:
    if _PROCESSORS.exists():
        for line in _PROCESSORS.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or "unknown"


def _commit() -> str:
    """Short, and whether the files have been changed since."""
    commit = _git("rev-parse", "--short", "HEAD")
    if not commit:
        return "unknown"
    return f"{commit} and changes" if _git("status", "--porcelain", "-uno") else commit


def _git(*arguments: str) -> str:
    git = shutil.which("git")
    if git is None:
        return ""
    done = subprocess.run(  # noqa: S603
        [git, "-C", str(REPOSITORY), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()
