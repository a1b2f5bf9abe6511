"""What a booking, and a hold that came to nothing, may cost at most; and where that stands."""

from collections.abc import Callable, Sequence
from statistics import mean
from typing import Final, NamedTuple

from embedded.bench.cost.footprint import Footprint
from embedded.bench.cost.price import Prices, parts
from embedded.bench.findings import Goal

# Two and three seats: 2.5 as the mean of whole ones.
PARTIES: Final = (2, 3)


class Line(NamedTuple):
    """One line of a budget: how much of what, and how it is read off a footprint."""

    what: str
    most: float
    measured: Callable[[Footprint, Prices], float]


# DESIGN.md 7. Streams' invocations are not among the eight: up to a hundred changes share one. What
# depends on how long this machine takes is in no budget that a test holds.
BOOKING: Final = (
    Line("DynamoDB write units", 48, lambda seen, _: seen.write_units),
    Line("State transitions", 6, lambda seen, _: seen.transitions),
    Line("Invocations somebody waits for", 8, lambda seen, _: len(seen.on_its_way)),
    # What it came to when each of them was looked at; BEGIN and COMMIT are among them.
    Line("SQL statements", 36, lambda seen, _: seen.statements),
    Line("USD of 1,000, functions' seconds apart", 0.22, lambda seen, at: usd_counted(seen, at)),
)
ABANDONED: Final = (
    Line("DynamoDB write units", 13, lambda seen, _: seen.write_units),
    Line("Invocations somebody waits for", 1, lambda seen, _: len(seen.on_its_way)),
)
# Priced with functions' seconds: seen by `make bench`, held by no test.
BOOKING_USD: Final = Line("USD of 1,000", 0.22, lambda seen, at: usd(seen, at))
ABANDONED_USD: Final = Line("USD of 1,000", 0.022, lambda seen, at: usd(seen, at))
# What the client's three requests cost at the gateway, before anything of ours has run.
FLOOR_USD: Final = 0.011


def usd(footprint: Footprint, prices: Prices) -> float:
    """Of a thousand like this."""
    return 1_000 * sum(part.usd for part in parts(footprint, prices))


def usd_counted(footprint: Footprint, prices: Prices) -> float:
    """The same, without what depends on how fast this machine is."""
    counted = (part for part in parts(footprint, prices) if part.name != "function_second")
    return 1_000 * sum(part.usd for part in counted)


def goals(
    of: str, budget: Sequence[Line], footprints: Sequence[Footprint], prices: Prices
) -> list[Goal]:
    """Each line beside what these came to on average."""
    found = []
    for line in budget:
        seen = mean(line.measured(footprint, prices) for footprint in footprints)
        found.append(
            Goal(f"{of}: {line.what}", f"at most {line.most:g}", _shown(seen), seen <= line.most)
        )
    return found


def _shown(value: float) -> str:
    return f"{value:.4f}" if value < 1 else f"{value:g}"
