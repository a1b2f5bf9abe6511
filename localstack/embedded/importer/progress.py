"""Bars on the terminal, on standard error so that the report alone can be kept."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

T = TypeVar("T")
A = TypeVar("A")

# Each call at once costs the embedded stack one warm worker of 42 MB, and more would not be
# quicker on two cores.
WORKERS = 4


class Bars:
    """One bar a step."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def each(self, kind: str, things: Sequence[T]) -> Iterator[T]:
        """The things one after the other, the bar moving on after each."""
        bar = self._progress.add_task(kind, total=len(things))
        for thing in things:
            yield thing
            self._progress.advance(bar)

    def each_at_once(
        self, kind: str, work: Callable[[T], A], things: Sequence[T]
    ) -> Iterator[tuple[T, A]]:
        """Each thing with what `work` made of it, in their order, a few worked on at a time.

        The first exception ends it, once the work already begun is done.
        """
        with ThreadPoolExecutor(WORKERS) as pool:
            futures = [pool.submit(work, thing) for thing in things]
            try:
                for thing, future in zip(self.each(kind, things), futures, strict=True):
                    yield thing, future.result()
            finally:
                pool.shutdown(cancel_futures=True)


@contextmanager
def bars() -> Iterator[Bars]:
    columns: Iterable[TextColumn | BarColumn | MofNCompleteColumn | TimeElapsedColumn] = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield Bars(progress)
