"""So many clients who do one thing again and again, each as soon as it is answered."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from embedded.bench.latencies import Latencies
from embedded.bench.processors import Seconds, cpu_of
from embedded.stack import RunningStack

# Does the thing once; true if it was done, false if it was refused.
Act = Callable[[], bool]


@dataclass(frozen=True)
class Load:
    """What so many clients saw, and what it cost whom."""

    clients: int
    latencies: Latencies
    seconds: float
    cpu: Seconds
    refused: int

    @property
    def a_second(self) -> float:
        return self.latencies.n / self.seconds

    def cpu_ms(self, *parts: str) -> float:
        """Of these parts, of one act."""
        return 1_000 * sum(self.cpu[part] for part in parts) / max(1, self.latencies.n)


def put_on(stack: RunningStack, acts: Sequence[Act], times: int) -> Load:
    """Each client, with an act of its own, so many times, all at once. Raises what an act does."""
    latencies, refused = Latencies(), 0
    with ThreadPoolExecutor(len(acts)) as clients, cpu_of(stack) as cpu:
        began = time.perf_counter()
        for seen, refusals in clients.map(lambda act: _repeat(act, times), acts):
            latencies.seconds += seen.seconds
            refused += refusals
        seconds = time.perf_counter() - began
    return Load(len(acts), latencies, seconds, cpu, refused)


def _repeat(act: Act, times: int) -> tuple[Latencies, int]:
    latencies, refused = Latencies(), 0
    for _ in range(times):
        began = time.perf_counter()
        if act():
            latencies.seconds.append(time.perf_counter() - began)
        else:
            refused += 1
    return latencies, refused
