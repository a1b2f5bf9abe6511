"""The plots about growth: work against size."""

from typing import Final

from embedded.bench.findings import Line, Plot
from embedded.bench.growth.grown import Grown

# So many lines can be told apart.
_MOST: Final = 6
_UNITS: Final = {"catalog": "events", "payments": "orders"}


def work(grown: Grown) -> Plot:
    """Of the paths of a domain that grow most, and of those that are most work without."""
    paths = sorted(grown.paths, key=lambda path: -grown.of(path)[-1].work)[:_MOST]
    return Plot(
        f"growth-{grown.name}",
        f"Most work in {grown.name}",
        _UNITS[grown.name],
        "rows and pages",
        grown.sizes,
        [Line(path.name, [max(cost.work, 1) for cost in grown.of(path)]) for path in paths],
    )
