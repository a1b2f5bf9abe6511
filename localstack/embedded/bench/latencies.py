"""How long something took, each time it was done."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil


class Latencies:
    """Seconds of one thing done again and again."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Count what is done meanwhile, unless it fails."""
        began = time.perf_counter()
        yield
        self.seconds.append(time.perf_counter() - began)

    @property
    def n(self) -> int:
        return len(self.seconds)

    @property
    def median(self) -> float:
        return self.quantile(0.5)

    @property
    def p95(self) -> float:
        return self.quantile(0.95)

    def quantile(self, share: float) -> float:
        """One of the values seen: the least that at least this share of them do not exceed."""
        return sorted(self.seconds)[max(0, ceil(share * self.n) - 1)]
