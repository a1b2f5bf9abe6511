"""Shows each step of the start as it is done, and how long it took."""

import contextlib
import time
from collections.abc import Iterator


class Step:
    """A step under way. What it sets as `result` is shown beside its time."""

    result = ""


class Progress:
    """Numbered lines: `3/9 Templates ....... 6.2 s  synthesized`."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._number = 0

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[Step]:
        self._number += 1
        print(f"{self._number:2}/{self._steps} {name + ' ':.<28} ", end="", flush=True)
        began = time.monotonic()
        step = Step()
        try:
            yield step
        except BaseException:
            print(flush=True)
            raise
        print(f"{time.monotonic() - began:5.1f} s  {step.result}".rstrip(), flush=True)
