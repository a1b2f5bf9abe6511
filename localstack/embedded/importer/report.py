"""The reconciliation report: what the import did, and where the data contradict themselves."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from embedded.importer.contradictions import find_contradictions
from embedded.importer.dataset import DataSet
from embedded.importer.orders import orders_to_replay
from embedded.importer.outcome import Outcome


class Result(NamedTuple):
    """What one run of the import did."""

    url: str
    shift: timedelta
    outcomes: Sequence[Outcome]
    mismatches: Sequence[str]
    seconds: float


def report(data: DataSet, result: Result) -> str:
    return "\n".join(_lines(data, result))


def _lines(data: DataSet, result: Result) -> Iterator[str]:
    yield f"ETSR import into {result.url}, {result.seconds:.0f} s"
    yield f"Every event's date is {result.shift.days:,} days later than in the data."
    noisy = sum(seat.price_is_noisy for seat in data.seats)
    if noisy:
        yield f"{noisy} seat prices as 2114.8599999999997 are read to the nearest cent."
    yield ""
    yield f"{'':<12}{'created':>9}{'found':>9}{'refused':>9}"
    for outcome in result.outcomes:
        counts = f"{outcome.created:>9}{outcome.found:>9}{len(outcome.refused):>9}"
        yield f"{outcome.kind:<12}{counts}"
    if not any(outcome.created for outcome in result.outcomes):
        yield "Nothing was changed: all of it was there already or is refused again."
    yield ""
    replayed = len(orders_to_replay(data))
    yield (
        f"{replayed} of {len(data.orders)} orders are replayed: CONFIRMED, with a SUCCESS payment, "
        "on an ON_SALE event."
    )
    yield from _list("Refused", [line for outcome in result.outcomes for line in outcome.refused])
    yield from _list("Total differs from the data's order_total", result.mismatches)
    yield ""
    yield "Contradictions in the data:"
    yield from map(str, find_contradictions(data))


def _list(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"{title}: {len(lines) or 'none'}"
    yield from (f"      {line}" for line in lines)
