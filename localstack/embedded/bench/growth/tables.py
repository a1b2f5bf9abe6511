"""The tables about growth: a row each path, and a row each index."""

from collections.abc import Sequence
from itertools import groupby

from embedded.bench.findings import Table
from embedded.bench.growth.databases import Index
from embedded.bench.growth.grown import Grown
from embedded.bench.growth.measuring import Cost
from embedded.bench.growth.paths import Growth


def costs(grown: Grown) -> Table:
    """Of one domain: work at each size, and the rest at the largest."""
    is_sql = bool(grown.indexes)
    sizes = [f"At {size:,}" for size in grown.sizes]
    rows = [
        [
            path.name,
            *(f"{cost.work:,g}" for cost in grown.of(path)),
            f"{grown.exponent(path):.2f}",
            *(_sql(grown.of(path)[-1]) if is_sql else _units(grown.of(path)[-1])),
            *(_milliseconds(cost) for cost in (grown.of(path)[0], grown.of(path)[-1])),
            f"{grown.of(path)[-1].peak_bytes / 1e3:,.0f} KB",
        ]
        for path in grown.paths
    ]
    counted = ["Statements", "Rows", "Pages"] if is_sql else ["Requests", "Units", "Items"]
    times = [f"ms at {size:,}" for size in (grown.sizes[0], grown.sizes[-1])]
    note = (
        "Rows and pages, then what they are at the largest size; medians of time, and the most"
        " memory that our process held for it."
        if is_sql
        else "Units and items, then what they are at the largest size. Times are of our own"
        " processor: the emulator looks through whole tables, which DynamoDB does not."
    )
    title = f"Work by size: {grown.name}"
    return Table(title, ["Path", *sizes, "Exponent", *counted, *times, "Memory"], rows, note)


def growing(grown: Sequence[Grown]) -> Table:
    rows = [
        [path.name, f"{each.exponent(path):.2f}", _where(each.of(path)[-1]), path.why]
        for each in grown
        for path in each.paths
        if path.growth is Growth.GROWS
    ]
    note = "Tables read whole are as planned at the largest size."
    return Table("What may grow", ["Path", "Exponent", "Reads whole", "Why"], rows, note)


def indexes(grown: Sequence[Grown]) -> Table:
    """Each with a path that its plan uses it for, or with the rule that it keeps."""
    rows = [
        [index.name, index.table, f"{size / 1e6:.1f} MB", reason]
        for index, size, reason in _reasons(grown)
    ]
    return Table("What indexes are for", ["Index", "Table", "Size", "Used by"], rows)


def unused(grown: Sequence[Grown]) -> list[Index]:
    return [index for index, _, reason in _reasons(grown) if reason == _NOTHING]


_NOTHING = "**nothing**"


def _reasons(grown: Sequence[Grown]) -> list[tuple[Index, int, str]]:
    """By table and index: a database that was filled in two ways has its indexes once."""
    seen = sorted(
        ((index, each) for each in grown for index in each.indexes),
        key=lambda found: (found[0].table, found[0].name),
    )
    reasons: list[tuple[Index, int, str]] = []
    for _, same in groupby(seen, key=lambda found: (found[0].table, found[0].name)):
        found = list(same)
        paths = [name for index, each in found for name in each.users_of(index)]
        index = found[0][0]
        largest = max(index.size_bytes for index, _ in found)
        if paths:
            more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
            reason = paths[0] + more
        elif index.keeps_a_rule:
            reason = "a rule: no two alike"
        elif any(index.scans for index, _ in found):
            reason = "a check of a foreign key"
        else:
            reason = _NOTHING
        reasons.append((index, largest, reason))
    return reasons


def _sql(cost: Cost) -> list[str]:
    return [f"{cost.requests}", f"{cost.rows_read:,}", f"{cost.pages:,}"]


def _units(cost: Cost) -> list[str]:
    return [f"{cost.requests}", f"{cost.units:g}", f"{cost.items_read:,}"]


def _milliseconds(cost: Cost) -> str:
    return f"{1_000 * cost.seconds:.1f}"


def _where(cost: Cost) -> str:
    return ", ".join(sorted(cost.scanned)) or "-"
