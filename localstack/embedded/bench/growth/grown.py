"""What each path cost at each size, and whether that grows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log
from typing import Final

from embedded.bench.growth.databases import Index
from embedded.bench.growth.measuring import Cost
from embedded.bench.growth.paths import Growth, Path

# An index gets a level more for each hundredfold: that is no growth.
_FLAT_BELOW: Final = 0.2
# A page, and a lookup or two: less work than this has no shape.
_LEAST_WORK: Final = 10.0


@dataclass(frozen=True)
class Grown:
    """Of one domain: `costs` has a dictionary by a path's name for each size."""

    name: str
    sizes: Sequence[int]
    paths: Sequence[Path]
    costs: Sequence[dict[str, Cost]]
    indexes: Sequence[Index] = field(default_factory=list)

    def of(self, path: Path) -> list[Cost]:
        """By size."""
        return [costs[path.name] for costs in self.costs]

    def exponent(self, path: Path) -> float:
        """Of work, between the last two sizes."""
        before, after = (max(cost.work, _LEAST_WORK) for cost in self.of(path)[-2:])
        return log(after / before) / log(self.sizes[-1] / self.sizes[-2])

    @property
    def flat(self) -> list[Path]:
        return [path for path in self.paths if self.exponent(path) < _FLAT_BELOW]

    @property
    def unexpected(self) -> list[str]:
        """Names of those that grow, and should not."""
        flat = {path.name for path in self.flat}
        return [
            path.name for path in self.paths if path.growth is Growth.FLAT and path.name not in flat
        ]

    @property
    def hot_scans(self) -> list[tuple[str, list[str]]]:
        """Hot paths that read a whole table at the largest size, and which."""
        largest = self.costs[-1]
        return [
            (path.name, sorted(largest[path.name].scanned))
            for path in self.paths
            if path.is_hot and largest[path.name].scanned
        ]

    def users_of(self, index: Index) -> list[str]:
        """Names of paths whose plans use it, at the largest size."""
        return [name for name, cost in self.costs[-1].items() if index.name in cost.indexes]
