"""A generated stadium of any size: rings of blocks around a field, seats with prices and places.

The same number of seats is always the same stadium. Blocks are alike in all of them, so that only
the size of the event differs from one to the next.
"""

from math import cos, pi, sin
from typing import Any, Final, NamedTuple

SEATS_A_ROW: Final = 25
ROWS_A_BLOCK: Final = 20
SEATS_A_BLOCK: Final = ROWS_A_BLOCK * SEATS_A_ROW
BLOCKS_A_RING: Final = 50

# In meters, as in a real bowl.
_FIELD_RADIUS: Final = 110.0
_SEAT_PITCH: Final = 0.5
_ROW_PITCH: Final = 0.8
_GANGWAY: Final = 4.0
_PRICES_CENTS: Final = (900_000, 450_000, 250_000, 120_000)
_CATEGORIES: Final = ("Field side", "Lower", "Middle", "Upper")


class Block(NamedTuple):
    """A section as the API takes it, and the ids that its seats get."""

    section: dict[str, Any]
    seat_ids: range


def blocks(seats: int) -> list[Block]:
    """A stadium of so many seats, a multiple of a row. Raises ValueError for another number."""
    if seats < SEATS_A_ROW or seats % SEATS_A_ROW:
        raise ValueError(f"A stadium has a multiple of {SEATS_A_ROW} seats, not {seats}.")
    return [
        Block(
            _section(first // SEATS_A_BLOCK, min(SEATS_A_BLOCK, seats - first) // SEATS_A_ROW),
            range(first + 1, min(first + SEATS_A_BLOCK, seats) + 1),
        )
        for first in range(0, seats, SEATS_A_BLOCK)
    ]


def seat_map(seats: int) -> dict[str, Any]:
    """The body of PUT /v1/events/{id}/seats."""
    return {"sections": [block.section for block in blocks(seats)]}


def _section(index: int, rows: int) -> dict[str, Any]:
    ring, place = divmod(index, BLOCKS_A_RING)
    tier = min(ring, len(_PRICES_CENTS) - 1)
    return {
        "name": f"Block {(ring + 1) * 100 + place + 1}",
        "category": _CATEGORIES[tier],
        "priceCents": _PRICES_CENTS[tier],
        "rows": [{"row": str(line + 1), "seats": _row(ring, place, line)} for line in range(rows)],
    }


def _row(ring: int, place: int, line: int) -> list[dict[str, Any]]:
    depth = ring * (ROWS_A_BLOCK * _ROW_PITCH + _GANGWAY) + line * _ROW_PITCH
    radius = _FIELD_RADIUS + depth
    middle = 2 * pi * place / BLOCKS_A_RING
    angles = (
        middle + (number - (SEATS_A_ROW - 1) / 2) * _SEAT_PITCH / radius
        for number in range(SEATS_A_ROW)
    )
    return [
        {
            "number": str(number),
            "x": round(radius * cos(angle), 2),
            "y": round(radius * sin(angle), 2),
        }
        for number, angle in enumerate(angles, 1)
    ]
