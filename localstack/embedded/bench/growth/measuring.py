"""What a path costs: counted, and beside that timed."""

import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from sqlalchemy import Engine

from embedded.bench.growth.paths import Path
from embedded.bench.growth.plans import Plan, explained
from embedded.bench.metering import Bill, metered

ROUNDS: Final = 7


@dataclass(frozen=True)
class Cost:
    """Of doing it once. `work` is what should not grow: rows looked at and pages touched in
    Postgres (few rows by an index take as many pages), or units and items looked at in DynamoDB.

    `seconds` are a median, 0 if nobody asked; `peak_bytes` are of our own process.
    """

    plans: list[Plan] = field(default_factory=list)
    bill: Bill = field(default_factory=Bill)
    items_read: int = 0
    seconds: float = 0.0
    peak_bytes: int = 0

    @property
    def requests(self) -> int:
        return len(self.plans) or self.bill.total_requests

    @property
    def pages(self) -> int:
        return sum(plan.pages for plan in self.plans)

    @property
    def rows_read(self) -> int:
        return sum(plan.rows_read for plan in self.plans)

    @property
    def units(self) -> float:
        return self.bill.read_units + self.bill.write_units

    @property
    def work(self) -> float:
        if self.plans:
            return self.rows_read + self.pages
        return self.units + self.items_read

    @property
    def scanned(self) -> set[str]:
        return set().union(*(plan.scanned for plan in self.plans))

    @property
    def indexes(self) -> set[str]:
        return set().union(*(plan.indexes for plan in self.plans))


def sql_costs(engine: Engine, paths: Iterable[Path], rounds: int = ROUNDS) -> dict[str, Cost]:
    """By name. With no rounds nothing is timed."""
    costs: dict[str, Cost] = {}
    for path in paths:
        # The first opens a connection, and reads what a database knows of itself.
        path.run()
        with explained(engine) as plans:
            path.run()
        seconds = _median_seconds(path.run, rounds, time.perf_counter)
        peak_bytes = _peak_bytes(path.run, rounds)
        costs[path.name] = Cost(plans, seconds=seconds, peak_bytes=peak_bytes)
    return costs


def table_costs(client: Any, paths: Iterable[Path], rounds: int = ROUNDS) -> dict[str, Cost]:
    """By name. Seconds are of our own processor: the emulator is no DynamoDB."""
    costs: dict[str, Cost] = {}
    for path in paths:
        with metered(client) as bill, _looked_at(client) as items:
            path.run()
        seconds = _median_seconds(path.run, min(rounds, 3), time.process_time)
        peak_bytes = _peak_bytes(path.run, rounds)
        costs[path.name] = Cost([], bill, sum(items), seconds, peak_bytes)
    return costs


@contextmanager
def _looked_at(client: Any) -> Iterator[list[int]]:
    """How many items each Query or Scan meanwhile looks at, those too that a filter leaves out."""
    items: list[int] = []

    def answer(parsed: dict[str, Any], **_: Any) -> None:
        items.append(parsed.get("ScannedCount", 0))

    client.meta.events.register("after-call.dynamodb.*", answer)
    try:
        yield items
    finally:
        client.meta.events.unregister("after-call.dynamodb.*", answer)


def _median_seconds(run: Callable[[], object], rounds: int, clock: Callable[[], float]) -> float:
    seen: list[float] = []
    for _ in range(rounds):
        began = clock()
        run()
        seen.append(clock() - began)
    return median(seen) if seen else 0.0


def _peak_bytes(run: Callable[[], object], rounds: int) -> int:
    """At most so much more was held than before, while it ran."""
    if not rounds:
        return 0
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        run()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
