"""Time without hours: a clock is the set of holds that it sees as over."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from functions.seating.tests.model.state import BOUNDARY, OVER


@dataclass(frozen=True)
class Clock:
    """Stands for `now` in the rules, where the end of a hold is its reservation's number."""

    over: frozenset[int] = frozenset()

    def __ge__(self, end: int) -> bool:
        return end in self.over

    def __lt__(self, end: int) -> bool:
        return end not in self.over


def clocks(phases: Mapping[int, int], concerned: Iterable[int]) -> Iterator[Clock]:
    """Every clock that may run somewhere, as far as it tells these holds apart."""
    concerned = frozenset(concerned)
    over = {hold for hold in concerned if phases[hold] == OVER}
    disputed = sorted(hold for hold in concerned if phases[hold] == BOUNDARY)
    for size in range(len(disputed) + 1):
        for ahead in combinations(disputed, size):
            yield Clock(frozenset({*over, *ahead}))
