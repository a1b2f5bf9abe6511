"""Which free seats to give to somebody who only says how many. Pure; chance is an argument.

Numbered seats: neighbours in one row, nearest the section's best point (front and center), and
where it can without leaving a single seat between taken ones, which nobody would buy. General
admission: any seats, at random, so that many who ask at once seldom meet.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from math import dist, hypot
from random import Random
from statistics import median
from typing import NamedTuple

from functions.seating.domain import Seat

# Rows lie about twice as far apart as seats in a row.
_ROW_PITCH = 2.0
# Seats further apart than this many usual distances have an aisle between them.
_AISLE = 1.75


class _Block(NamedTuple):
    """Neighbouring free seats, how many singles taking them leaves, and how far off they are."""

    orphans: int
    distance: float
    seats: tuple[Seat, ...]


def best_adjacent(
    seats: Sequence[Seat],
    free: Collection[int],
    quantity: int,
    rng: Random,
    choices: int = 1,
) -> list[Seat]:
    """`quantity` neighbours of one section, given in plan order; empty if there are none.

    With `choices` above 1 it picks among that many best blocks: after a lost race the next try
    spreads out instead of meeting the same rivals again.
    """
    blocks = sorted(_blocks(seats, free, quantity), key=lambda block: block[:2])
    return list(rng.choice(blocks[: max(1, choices)]).seats) if blocks else []


def any_seats(
    seats: Sequence[Seat], free: Collection[int], quantity: int, rng: Random
) -> list[Seat]:
    """`quantity` free seats at random; empty if there are fewer."""
    open_seats = [seat for seat in seats if seat.seat_id in free]
    return rng.sample(open_seats, quantity) if len(open_seats) >= quantity else []


def _blocks(seats: Sequence[Seat], free: Collection[int], quantity: int) -> Iterator[_Block]:
    for line, row in groupby(seats, key=lambda seat: seat.line):
        in_row = list(row)
        center = (len(in_row) - 1) / 2
        places = {seat.seat_id: place for place, seat in enumerate(in_row)}
        for stretch in _stretches(in_row):
            for run in _runs(stretch, free):
                for start in range(len(run) - quantity + 1):
                    chosen = tuple(run[start : start + quantity])
                    middle = places[chosen[0].seat_id] + (quantity - 1) / 2
                    yield _Block(
                        _orphans(start, len(run) - start - quantity),
                        hypot(_ROW_PITCH * line, middle - center),
                        chosen,
                    )


def _orphans(left: int, right: int) -> int:
    """How many single seats remain beside a block with so many free ones left and right of it."""
    return (left == 1) + (right == 1)


def _runs(row: Iterable[Seat], free: Collection[int]) -> Iterator[list[Seat]]:
    for is_free, run in groupby(row, key=lambda seat: seat.seat_id in free):
        if is_free:
            yield list(run)


def _stretches(row: list[Seat]) -> Iterator[list[Seat]]:
    """The row cut at its aisles, as far as its seats' positions show any."""
    gaps = [_gap(left, right) for left, right in pairwise(row)]
    known = [gap for gap in gaps if gap]
    limit = median(known) * _AISLE if known else 0.0
    stretch = row[:1]
    for seat, gap in zip(row[1:], gaps, strict=True):
        if gap is not None and limit and gap > limit:
            yield stretch
            stretch = []
        stretch.append(seat)
    if stretch:
        yield stretch


def _gap(left: Seat, right: Seat) -> float | None:
    if left.x is None or left.y is None or right.x is None or right.y is None:
        return None
    return dist((left.x, left.y), (right.x, right.y))
