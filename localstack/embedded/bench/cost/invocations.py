"""What workers have counted: one invocation a line (`meter.py`)."""

import json
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from embedded.meter import INVOCATIONS, ON


@dataclass(frozen=True)
class Invocation:
    """`what` it was called for; `ids` are all that its input names."""

    function: str
    what: str
    ids: frozenset[str]
    cpu_seconds: float
    calls: Counter[str]
    read_units: float
    write_units: float
    events: int
    statements: int
    log_bytes: int

    @classmethod
    def of(cls, line: str) -> Self:
        said: dict[str, Any] = json.loads(line)
        return cls(
            function=said["function"],
            what=said["what"],
            ids=frozenset(said["ids"]),
            cpu_seconds=said["cpuSeconds"],
            calls=Counter(said["calls"]),
            read_units=said["readUnits"],
            write_units=said["writeUnits"],
            events=said["events"],
            statements=said["statements"],
            log_bytes=said["logBytes"],
        )

    @property
    def is_of_a_stream(self) -> bool:
        """Up to a hundred changes, whosever they are, are one invocation."""
        return self.function.endswith("-streams")


class Counted:
    """The invocations since counting began."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def about(self, ids: Collection[str]) -> list[Invocation]:
        """Those whose input names any of these, whoever called and whenever."""
        if not self._file.exists():
            return []
        lines = self._file.read_text().splitlines()
        return [one for one in map(Invocation.of, lines) if not one.ids.isdisjoint(ids)]


@contextmanager
def counting(folder: Path) -> Iterator[Counted]:
    """Have the workers of a stack, whose meter is this folder, count meanwhile."""
    file = folder / INVOCATIONS
    file.unlink(missing_ok=True)
    (folder / ON).touch()
    try:
        yield Counted(file)
    finally:
        (folder / ON).unlink()
