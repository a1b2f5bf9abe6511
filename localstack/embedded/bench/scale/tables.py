"""The tables about events of different sizes: a row each."""

from collections.abc import Callable, Sequence

from embedded.bench.findings import Table
from embedded.bench.latencies import Latencies
from embedded.bench.scale.costs import CLAIMED, PARTY, EventCosts
from embedded.bench.scale.speed import EventSpeed


def putting(costs: Sequence[EventCosts], speeds: Sequence[EventSpeed]) -> Table:
    return Table(
        "Putting an event on sale",
        [
            "Seats",
            "Sections",
            "Body",
            "PUT seats",
            "ON_SALE to sold",
            "Items",
            "Requests",
            "Write units",
        ],
        [
            [
                f"{cost.seats:,}",
                f"{cost.sections}",
                f"{len(speed.body) / 1e3:,.0f} KB",
                f"{speed.put.median:.2f} s",
                _ms(speed.on_sale.median),
                f"{cost.seat_map.items_written}",
                f"{cost.seat_map.total_requests}",
                f"{cost.seat_map.write_units:g}",
            ]
            for cost, speed in zip(costs, speeds, strict=True)
        ],
        f"Medians of {speeds[0].put.n} events each. The API takes a seat map of up to 5 MB in one"
        " request; `ON_SALE to sold` is from changing the event's status until a first reservation"
        " was made and given back. Items are chunks of up to 250 seats, a table of contents and two"
        " writes of the event's summary.",
    )


def reserve_costs(costs: Sequence[EventCosts]) -> Table:
    return Table(
        "What reserving costs",
        [
            *("Seats", "Requests", "Read units", "Write units"),
            *("First: requests", "Read units", "Write units"),
            *("Best available: requests", "Read units", "Write units"),
        ],
        [
            [
                f"{cost.seats:,}",
                *(
                    figure
                    for bill in (cost.reserve, cost.first_reserve, cost.best)
                    for figure in (
                        f"{bill.total_requests}",
                        f"{bill.read_units:g}",
                        f"{bill.write_units:g}",
                    )
                ),
            ]
            for cost in costs
        ],
        f"{PARTY} seats. `First` is by a function that has never seen the event: it also reads the"
        " map's table of contents and the one chunk that has the seats. Best available is asked for"
        " in one section, whose claims it reads.",
    )


def reserve_times(speeds: Sequence[EventSpeed]) -> Table:
    return _times(
        "How long reserving takes",
        speeds,
        {
            "Reserve": lambda speed: speed.reserve,
            "Best available": lambda speed: speed.best,
            "First": lambda speed: speed.first_reserve,
        },
        f"n = {speeds[0].reserve.n}, and {speeds[0].first_reserve.n} of `First`.",
    )


def reading_costs(costs: Sequence[EventCosts]) -> Table:
    return Table(
        "What reading availability costs",
        [
            *("Seats", "Summary: requests", "Read units"),
            *("Section: requests", "Read units", f"With {CLAIMED} seats held"),
        ],
        [
            [
                f"{cost.seats:,}",
                f"{cost.summary.total_requests}",
                f"{cost.summary.read_units:g}",
                f"{cost.section.total_requests}",
                f"{cost.section.read_units:g}",
                f"{cost.claimed_section.read_units:g}",
            ]
            for cost in costs
        ],
        "A summary is the first of its function and asks each section for its claims; of events of"
        " up to 2,000 seats it lists the free ones, and so reads the map. Within a second further"
        " readers of the same function cost nothing.",
    )


def reading_times(speeds: Sequence[EventSpeed]) -> Table:
    return _times(
        "How long reading availability takes",
        speeds,
        {
            "Summary": lambda speed: speed.summary,
            "One section": lambda speed: speed.one_section,
        },
        f"n = {speeds[0].summary.n}, without claims. The smallest event has one section of 100"
        " seats, the others have sections of 500, so their answers are five times as long.",
    )


def _times(
    title: str,
    speeds: Sequence[EventSpeed],
    kinds: dict[str, Callable[[EventSpeed], Latencies]],
    note: str,
) -> Table:
    base = speeds[0]
    columns = [column for kind in kinds for column in (kind, "p95", f"To {base.seats}")]
    return Table(
        title,
        ["Seats", *columns],
        [
            [
                f"{speed.seats:,}",
                *(
                    figure
                    for pick in kinds.values()
                    for figure in (
                        _ms(pick(speed).median),
                        _ms(pick(speed).p95),
                        f"{pick(speed).median / pick(base).median:.2f}x",
                    )
                ),
            ]
            for speed in speeds
        ],
        f"Medians and 95th percentiles; `To {base.seats}` compares medians with those of the"
        f" smallest event. {note}",
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms"
