"""CPU seconds of a running stack, by whose they are: the product's, or what stands in for AWS."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import psutil

from embedded.stack import RunningStack

FUNCTIONS: Final = "functions"
POSTGRES: Final = "postgres"
EMULATOR: Final = "emulator"
EDGE: Final = "edge"
PARTS: Final = (FUNCTIONS, POSTGRES, EMULATOR, EDGE)

Seconds = dict[str, float]


@contextmanager
def cpu_of(stack: RunningStack) -> Iterator[Seconds]:
    """What each part has used meanwhile, known at the end."""
    used: Seconds = {}
    before = _all(stack)
    yield used
    after = _all(stack)
    for part in PARTS:
        # A process that began meanwhile has used all that it has; one that ended is not counted.
        used[part] = sum(
            seconds - before[part].get(pid, 0.0) for pid, seconds in after[part].items()
        )


def _all(stack: RunningStack) -> Mapping[str, Mapping[int, float]]:
    emulator = psutil.Process(stack.processes["emulator"])
    postgres = psutil.Process(stack.processes["postgres"])
    return {
        FUNCTIONS: _seconds(emulator.children(recursive=True)),
        POSTGRES: _seconds([postgres, *postgres.children(recursive=True)]),
        EMULATOR: _seconds([emulator]),
        EDGE: _seconds([psutil.Process(stack.processes["edge"])]),
    }


def _seconds(processes: list[psutil.Process]) -> dict[int, float]:
    found: dict[int, float] = {}
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        found[process.pid] = times.user + times.system
    return found
