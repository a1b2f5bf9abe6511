"""Many at the same time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from functions.shared.problems import Problem


def at_once(attempts: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each attempt came to, all of them begun together."""
    barrier = Barrier(len(attempts))

    def run(attempt: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return attempt()
        except Problem as problem:
            return problem

    with ThreadPoolExecutor(len(attempts)) as threads:
        return list(threads.map(run, attempts))
