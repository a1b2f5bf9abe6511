"""From what an organizer sends to a seat map: ids, prices and every fault named.

Nothing here knows HTTP or the table. A draft's `pointer` says where in the request it stands.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Final, NamedTuple

from functions.seating.domain import Seat
from functions.seating.seat_map import MAX_SEATS, Section
from functions.shared.problems import ValidationFailed

DEFAULT_CATEGORY: Final = "STANDARD"
# A plan with one fault a seat is told about these and counted beyond.
MAX_FAULTS: Final = 100


class DraftSeat(NamedTuple):
    number: str
    pointer: str
    seat_id: int | None = None
    price_cents: int | None = None
    category: str | None = None
    x: float | None = None
    y: float | None = None


class DraftRow(NamedTuple):
    label: str
    seats: tuple[DraftSeat, ...]


class DraftSection(NamedTuple):
    """`price_cents` and `category` are for the seats that have none of their own."""

    name: str
    pointer: str
    rows: tuple[DraftRow, ...]
    general_admission: bool = False
    price_cents: int | None = None
    category: str | None = None


class Faults:
    """Collects what is wrong, so that one answer names all of it."""

    def __init__(self) -> None:
        self._errors: list[dict[str, str]] = []

    def add(self, pointer: str, detail: str) -> None:
        self._errors.append({"pointer": pointer, "detail": detail})

    def check(self) -> None:
        """Raises ValidationFailed if there were any."""
        if self._errors:
            raise ValidationFailed(
                f"The seat map has {len(self._errors)} faults; `errors` names the first "
                f"{min(len(self._errors), MAX_FAULTS)}.",
                errors=self._errors[:MAX_FAULTS],
            )


def build_sections(
    drafts: Iterable[DraftSection], base_price_cents: int | None
) -> tuple[list[Section], list[str]]:
    """The sections of a map, and warnings. Raises ValidationFailed naming each fault.

    A seat without an id gets the next free one in plan order, from 1. A seat without a price
    costs what its section says, else the event's base price. A position that occurs twice is a
    warning: both seats stay, with ids of their own.
    """
    sections = list(drafts)
    faults = Faults()
    _check_names(sections, faults)
    given = _check_ids(sections, faults)
    if not any(row.seats for section in sections for row in section.rows):
        faults.add("", "A seat map has at least one seat.")
    faults.check()
    free_ids = (seat_id for seat_id in count(1) if seat_id not in given)
    built = [_build(section, base_price_cents, free_ids, faults) for section in sections]
    faults.check()
    return [section for section in built if section.seats], _repeated_positions(built)


def _check_names(sections: list[DraftSection], faults: Faults) -> None:
    seen: set[str] = set()
    for section in sections:
        if section.name in seen:
            faults.add(f"{section.pointer}/name", f"There are two sections {section.name!r}.")
        seen.add(section.name)


def _check_ids(sections: list[DraftSection], faults: Faults) -> set[int]:
    given: set[int] = set()
    total = 0
    for section in sections:
        for seat in (seat for row in section.rows for seat in row.seats):
            total += 1
            if seat.seat_id is None:
                continue
            if seat.seat_id in given:
                faults.add(f"{seat.pointer}/seatId", f"Seat id {seat.seat_id} is used twice.")
            given.add(seat.seat_id)
    if total > MAX_SEATS:
        faults.add("", f"A seat map has at most {MAX_SEATS} seats, not {total}.")
    return given


def _build(
    section: DraftSection, base_price_cents: int | None, free_ids: Iterator[int], faults: Faults
) -> Section:
    seats: list[Seat] = []
    for line, row in enumerate(section.rows):
        for draft in row.seats:
            price = _first(draft.price_cents, section.price_cents, base_price_cents)
            if price is None:
                faults.add(f"{draft.pointer}/priceCents", "This seat has no price.")
                continue
            seats.append(
                Seat(
                    seat_id=next(free_ids) if draft.seat_id is None else draft.seat_id,
                    section=section.name,
                    row=row.label,
                    number=draft.number,
                    category=draft.category or section.category or DEFAULT_CATEGORY,
                    price_cents=price,
                    x=draft.x,
                    y=draft.y,
                    line=line,
                )
            )
    return Section(section.name, section.general_admission, tuple(seats))


def _first(*prices: int | None) -> int | None:
    return next((price for price in prices if price is not None), None)


def _repeated_positions(sections: list[Section]) -> list[str]:
    warnings = []
    for section in sections:
        if section.general_admission:
            continue
        positions = Counter((seat.row, seat.number) for seat in section.seats)
        warnings += [
            f"Section {section.name!r}, row {row!r}, seat {number!r} occurs {times} times."
            for (row, number), times in positions.items()
            if times > 1
        ]
    return warnings
