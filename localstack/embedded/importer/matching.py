"""Telling what of the data is in the system already, by what it is and not by any memory of ours.

Things are made one after the other in the file's order, so where several are alike the first of
the file is the first made.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

W = TypeVar("W")
F = TypeVar("F")

DAY = timedelta(days=1)

# An open event lies at least this far ahead when it is first imported, so that it can be sold for
# a while, and a broken-off import finished later still makes events that lie ahead.
LEAD = timedelta(days=30)


def match(
    wanted: Iterable[W],
    found: Iterable[F],
    wanted_key: Callable[[W], Hashable],
    found_key: Callable[[F], Hashable],
) -> list[tuple[W, F | None]]:
    """Each wanted thing, in its order, with its own counterpart of the same key, if there is one.

    `found` must be in the order it was made in.
    """
    waiting: dict[Hashable, list[F]] = defaultdict(list)
    for one in found:
        waiting[found_key(one)].append(one)
    pairs: list[tuple[W, F | None]] = []
    for thing in wanted:
        alike = waiting[wanted_key(thing)]
        pairs.append((thing, alike.pop(0) if alike else None))
    return pairs


def shift_of(pairs: Iterable[tuple[int, datetime, datetime]]) -> timedelta | None:
    """By how many whole days an import before this one moved the dates; None if there was none.

    `pairs` are all conceivable ones: the place in the file, the date in the file, and the date of
    an existing event of the same venue and title. The shift that explains most of them wins. A
    weekly series broken off in the middle fits two shifts equally well, so of those the one that
    explains the earlier places.
    """
    explained: dict[timedelta, set[int]] = defaultdict(set)
    for place, before, after in pairs:
        if (after - before) % DAY == timedelta(0):
            explained[after - before].add(place)
    if not explained:
        return None
    return min(explained, key=lambda shift: (-len(explained[shift]), sorted(explained[shift])))


def new_shift(open_dates: Sequence[datetime], now: datetime) -> timedelta:
    """The fewest whole days that bring every one of these dates to `LEAD` from now or later."""
    if not open_dates or min(open_dates) > now:
        return timedelta(0)
    return math.ceil((now + LEAD - min(open_dates)) / DAY) * DAY
