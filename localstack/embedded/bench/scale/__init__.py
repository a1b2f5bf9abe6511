"""One event of 100 to 100,000 seats: what putting it on sale, reading and reserving come to."""

from collections.abc import Sequence
from typing import Final

from embedded.bench.findings import Bench, Findings, Goal
from embedded.bench.metering import Bill
from embedded.bench.scale import plots, tables
from embedded.bench.scale.costs import PARTY, EventCosts, event_costs
from embedded.bench.scale.speed import EventSpeed, measure_speed
from embedded.bench.scale.table import counted_store

NAME: Final = "scale"
SIZES: Final = (100, 1_000, 10_000, 100_000)
PUTS: Final = 3
ROUNDS: Final = 20
PUT_GOAL_SECONDS: Final = 20.0

_TEXT: Final = f"""\
A generated stadium (`localstack/embedded/bench/scale/stadium.py`): blocks of 20 rows of 25 seats,
each seat with a place, each block with a price. Each round visits every size, one call at a time
and no other caller. A function answers reads from memory for a second; rounds are further apart
and read either summaries or sections, so that every read here is a fresh one. Reservations are for
{PARTY} seats."""


def measure(bench: Bench) -> Findings:
    with counted_store(bench.folder) as store:
        costs = [event_costs(store, seats) for seats in SIZES]
    return findings(costs, measure_speed(bench.url, SIZES, PUTS, ROUNDS))


def findings(costs: Sequence[EventCosts], speeds: Sequence[EventSpeed]) -> Findings:
    return Findings(
        "Scale of one event",
        _TEXT,
        [_put_goal(speeds[-1]), *_reserve_goals(costs)],
        [
            tables.putting(costs, speeds),
            tables.reserve_costs(costs),
            tables.reserve_times(speeds),
            tables.reading_costs(costs),
            tables.reading_times(speeds),
        ],
        [
            plots.putting(speeds, PUT_GOAL_SECONDS),
            plots.latencies(speeds),
            plots.reserve_costs(costs),
        ],
    )


def _put_goal(largest: EventSpeed) -> Goal:
    # The slowest of few: a goal that the median meets may still be missed every third time.
    seen = max(
        put + on_sale
        for put, on_sale in zip(largest.put.seconds, largest.on_sale.seconds, strict=True)
    )
    return Goal(
        f"{largest.seats:,} seats put on sale, slowest of {largest.put.n}",
        f"under {PUT_GOAL_SECONDS:.0f} s",
        f"{seen:.1f} s",
        seen < PUT_GOAL_SECONDS,
    )


def _reserve_goals(costs: Sequence[EventCosts]) -> list[Goal]:
    """Equal for every size; or else the goal is missed and all that were seen are named."""
    return [
        _equal("a reserve", [each.reserve for each in costs]),
        _equal("a function's first reserve", [each.first_reserve for each in costs]),
    ]


def _equal(what: str, bills: Sequence[Bill]) -> Goal:
    seen = dict.fromkeys(
        f"{bill.total_requests}, {bill.read_units:g}, {bill.write_units:g}" for bill in bills
    )
    return Goal(
        f"Requests, read units, write units of {what}",
        "equal for all sizes",
        " / ".join(seen),
        len(seen) == 1,
    )
