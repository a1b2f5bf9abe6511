"""Seating plans in pretix's JSON format, read as drafts.

A zone is a section. A seat's place is zone + row + seat position. Areas, colors and sizes are
drawing and are left aside.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from functions.seating.drafts import DraftRow, DraftSeat, DraftSection, Faults
from functions.shared.problems import ValidationFailed

_Text = Annotated[str, Field(max_length=100)]


class _Lenient(BaseModel):
    # Plans carry much that is only drawn; pretix may add more.
    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)


class _Position(_Lenient):
    x: Annotated[float, Field(allow_inf_nan=False)] = 0
    y: Annotated[float, Field(allow_inf_nan=False)] = 0


class _Seat(_Lenient):
    seat_number: _Text | None = None
    seat_guid: _Text | None = None
    position: _Position = _Position()
    category: _Text


class _Row(_Lenient):
    row_number: _Text | None = None
    position: _Position = _Position()
    seats: tuple[_Seat, ...] = ()


class _Zone(_Lenient):
    name: _Text | None = None
    position: _Position = _Position()
    rows: tuple[_Row, ...] = ()


class _Category(_Lenient):
    name: _Text


class _Plan(_Lenient):
    categories: tuple[_Category, ...]
    zones: tuple[_Zone, ...]


def read_plan(
    plan: Mapping[str, Any], prices_cents: Mapping[str, int] | None
) -> tuple[list[DraftSection], list[str]]:
    """A plan's sections and warnings, its seats priced by category.

    Without `prices_cents` every seat costs the event's base price; with it each category that
    has seats must have a price. Raises ValidationFailed naming each fault.
    """
    read = _parse(plan)
    faults = Faults()
    _check_categories(read, prices_cents, faults)
    sections = [
        DraftSection(
            zone.name or f"Zone {index + 1}",
            f"/plan/zones/{index}",
            tuple(
                _row(row, line, f"/plan/zones/{index}/rows/{line}", zone.position, prices_cents)
                for line, row in enumerate(zone.rows)
            ),
        )
        for index, zone in enumerate(read.zones)
    ]
    faults.check()
    return sections, _repeated_guids(read)


def _parse(plan: Mapping[str, Any]) -> _Plan:
    try:
        return _Plan.model_validate(plan)
    except ValidationError as error:
        raise ValidationFailed(
            "This is not a seating plan in pretix's format; `errors` says where.",
            errors=[
                {"pointer": "/plan/" + "/".join(map(str, fault["loc"])), "detail": fault["msg"]}
                for fault in error.errors()
            ],
        ) from error


def _check_categories(plan: _Plan, prices_cents: Mapping[str, int] | None, faults: Faults) -> None:
    known = {category.name for category in plan.categories}
    for name in prices_cents or {}:
        if name not in known:
            faults.add(f"/pricesCents/{_escaped(name)}", f"The plan has no category {name!r}.")
    for zone_index, zone in enumerate(plan.zones):
        for line, row in enumerate(zone.rows):
            for place, seat in enumerate(row.seats):
                pointer = f"/plan/zones/{zone_index}/rows/{line}/seats/{place}/category"
                if seat.category not in known:
                    faults.add(pointer, f"The plan has no category {seat.category!r}.")
                elif prices_cents is not None and seat.category not in prices_cents:
                    faults.add(pointer, f"Category {seat.category!r} has no price.")


def _row(
    row: _Row,
    line: int,
    pointer: str,
    origin: _Position,
    prices_cents: Mapping[str, int] | None,
) -> DraftRow:
    seats = tuple(
        DraftSeat(
            number=seat.seat_number or str(place + 1),
            pointer=f"{pointer}/seats/{place}",
            price_cents=None if prices_cents is None else prices_cents.get(seat.category),
            category=seat.category,
            x=round(origin.x + row.position.x + seat.position.x, 2),
            y=round(origin.y + row.position.y + seat.position.y, 2),
        )
        for place, seat in enumerate(row.seats)
    )
    return DraftRow(row.row_number or str(line + 1), seats)


def _repeated_guids(plan: _Plan) -> list[str]:
    guids = Counter(
        seat.seat_guid
        for zone in plan.zones
        for row in zone.rows
        for seat in row.seats
        if seat.seat_guid
    )
    return [
        f"seat_guid {guid!r} occurs {times} times; its seats have ids of their own."
        for guid, times in guids.items()
        if times > 1
    ]


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
