"""What a start says of itself while it goes on (`embedded/progress.py`, `embedded/up.py`)."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from embedded.errors import StackError
from embedded.stack import READY

_STEP: Final = re.compile(r"^ *(\d+)/(\d+) (.+?) \.* +([\d.]+) s *(.*)$", re.MULTILINE)
_READY: Final = re.compile(re.escape(READY) + r" \S+ +\(([\d.]+) s\)")


class Step(NamedTuple):
    """`result` is what is shown beside its time, if anything."""

    name: str
    seconds: float
    result: str


class Start(NamedTuple):
    steps: Sequence[Step]
    seconds: float


class Unreadable(StackError):  # noqa: N818 - what the log is
    """It does not say what each step took; the message is what it says."""


def read(said: str) -> Start:
    """The start that this log tells of. Raises Unreadable unless it is over, with all its steps."""
    end, found = _READY.search(said), _STEP.findall(said)
    if end is None or not found or len(found) != int(found[0][1]):
        raise Unreadable(said)
    steps = [Step(name, float(seconds), result) for _, _, name, seconds, result in found]
    return Start(steps, float(end[1]))
