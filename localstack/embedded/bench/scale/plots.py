"""The plots about events of different sizes."""

from collections.abc import Callable, Sequence
from typing import Final

from embedded.bench.findings import Line, Plot
from embedded.bench.latencies import Latencies
from embedded.bench.scale.costs import PARTY, EventCosts
from embedded.bench.scale.speed import EventSpeed

_SEATS: Final = "seats of the event"


def putting(speeds: Sequence[EventSpeed], goal_seconds: float) -> Plot:
    return Plot(
        "scale-on-sale",
        "Putting an event on sale, medians",
        _SEATS,
        "seconds",
        [speed.seats for speed in speeds],
        [
            Line("PUT seats", [speed.put.median for speed in speeds]),
            Line("ON_SALE to sold", [speed.on_sale.median for speed in speeds]),
        ],
        goal=Line(f"goal for both, {goal_seconds:.0f} s", [goal_seconds] * len(speeds)),
    )


def latencies(speeds: Sequence[EventSpeed]) -> Plot:
    def line(label: str, pick: Callable[[EventSpeed], Latencies]) -> Line:
        return Line(label, [pick(speed).median * 1e3 for speed in speeds])

    return Plot(
        "scale-latency",
        "Latency over HTTP, medians",
        _SEATS,
        "milliseconds",
        [speed.seats for speed in speeds],
        [
            line("availability, summary", lambda speed: speed.summary),
            line("availability, one section", lambda speed: speed.one_section),
            line(f"reserve {PARTY} seats", lambda speed: speed.reserve),
            line(f"reserve the best {PARTY} of a section", lambda speed: speed.best),
        ],
    )


def reserve_costs(costs: Sequence[EventCosts]) -> Plot:
    return Plot(
        "scale-reserve-costs",
        f"What reserving {PARTY} seats costs in DynamoDB",
        _SEATS,
        "requests, and capacity units",
        [cost.seats for cost in costs],
        [
            Line("write units", [cost.reserve.write_units for cost in costs]),
            Line("read units, first in a function", [c.first_reserve.read_units for c in costs]),
            Line("read units", [cost.reserve.read_units for cost in costs]),
            Line("requests, first in a function", [c.first_reserve.total_requests for c in costs]),
            Line("requests", [cost.reserve.total_requests for cost in costs]),
        ],
        is_y_logarithmic=False,
    )
