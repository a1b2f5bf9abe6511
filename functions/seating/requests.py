"""What seating's routes accept."""

from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    WithJsonSchema,
    model_validator,
)

from functions.seating.blocks import MAX_SEATS_A_BLOCK
from functions.seating.domain import MAX_SEATS_A_RESERVATION, SeatStatus
from functions.seating.drafts import DraftRow, DraftSeat, DraftSection
from functions.seating.seat_map import MAX_SEATS, MAX_SECTIONS
from functions.shared.models import (
    Cents,
    Cursor,
    Either,
    Id,
    Integer,
    Limit,
    Line,
    QueryId,
    Request,
    one_of,
)

_Name = Annotated[Line, Field(min_length=1, max_length=100)]
_Label = Annotated[Line, Field(max_length=20, coerce_numbers_to_str=True)]
_Coordinate = Annotated[float, Strict(), Field(ge=-1e6, le=1e6, allow_inf_nan=False)]


class SeatSpec(Request):
    """One seat. Without an id it gets the next free one in plan order."""

    number: _Label
    seat_id: Id | None = None
    price_cents: Cents | None = None
    category: _Name | None = None
    x: _Coordinate | None = None
    y: _Coordinate | None = None


def _spell_out(seats: Any) -> Any:
    """A count, or numbers, as the list of seats that they stand for."""
    if isinstance(seats, int) and not isinstance(seats, bool):
        if not 1 <= seats <= MAX_SEATS:
            raise ValueError(f"A row has 1 to {MAX_SEATS} seats.")
        return [{"number": number} for number in range(1, seats + 1)]
    if isinstance(seats, list):
        return [{"number": each} if isinstance(each, int | str) else each for each in seats]
    return seats


_SEATS_SCHEMA = {
    "description": "How many seats, numbered from 1; or their numbers; or seats in full",
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": MAX_SEATS},
        {
            "type": "array",
            "minItems": 1,
            "items": {
                "anyOf": [
                    {"type": "integer"},
                    {"type": "string", "maxLength": 20},
                    {
                        "type": "object",
                        "required": ["number"],
                        "additionalProperties": False,
                        "properties": {
                            "number": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                            "seatId": {"type": "integer", "minimum": 1},
                            "priceCents": {"type": "integer", "minimum": 0},
                            "category": {"type": "string"},
                            "x": {"type": "number"},
                            "y": {"type": "number"},
                        },
                    },
                ]
            },
        },
    ],
}


class RowSpec(Request):
    row: _Label
    seats: Annotated[
        list[SeatSpec],
        Field(min_length=1, max_length=MAX_SEATS),
        BeforeValidator(_spell_out),
        WithJsonSchema(_SEATS_SCHEMA),
    ]


class SectionSpec(Request):
    """Rows of seats, or `generalAdmission`: so many unnumbered ones."""

    model_config = ConfigDict(
        json_schema_extra=one_of(
            Either(("rows",), ("generalAdmission",)), Either(("generalAdmission",), ("rows",))
        )
    )

    name: _Name
    category: _Name | None = None
    price_cents: Cents | None = None
    rows: Annotated[list[RowSpec], Field(min_length=1)] | None = None
    general_admission: Annotated[Integer, Field(ge=1, le=MAX_SEATS)] | None = None

    @model_validator(mode="after")
    def _rows_or_general_admission(self) -> Self:
        if (self.rows is None) == (self.general_admission is None):
            raise ValueError("A section has either rows or generalAdmission.")
        return self


class PutSeatMap(Request):
    """Sections, or a plan in pretix's format with a price for each of its categories."""

    model_config = ConfigDict(
        json_schema_extra=one_of(
            Either(("sections",), ("plan", "pricesCents")), Either(("plan",), ("sections",))
        )
    )

    sections: Annotated[list[SectionSpec], Field(min_length=1, max_length=MAX_SECTIONS)] | None = (
        None
    )
    plan: dict[str, Any] | None = None
    prices_cents: dict[str, Cents] | None = None

    @model_validator(mode="after")
    def _sections_or_plan(self) -> Self:
        if (self.sections is None) == (self.plan is None):
            raise ValueError("Send either sections or a plan.")
        if self.prices_cents is not None and self.plan is None:
            raise ValueError("pricesCents belongs to a plan.")
        return self

    def drafts(self) -> list[DraftSection]:
        return [
            _draft(section, f"/sections/{index}")
            for index, section in enumerate(self.sections or [])
        ]


def _draft(section: SectionSpec, pointer: str) -> DraftSection:
    if section.general_admission is not None:
        seats = tuple(DraftSeat("", pointer) for _ in range(section.general_admission))
        rows: tuple[DraftRow, ...] = (DraftRow("", seats),)
    else:
        rows = tuple(
            _draft_row(row, f"{pointer}/rows/{line}") for line, row in enumerate(section.rows or [])
        )
    return DraftSection(
        section.name,
        pointer,
        rows,
        section.general_admission is not None,
        section.price_cents,
        section.category,
    )


def _draft_row(row: RowSpec, pointer: str) -> DraftRow:
    return DraftRow(
        row.row,
        tuple(
            DraftSeat(
                seat.number,
                f"{pointer}/seats/{place}",
                seat.seat_id,
                seat.price_cents,
                seat.category,
                seat.x,
                seat.y,
            )
            for place, seat in enumerate(row.seats)
        ),
    )


def _each_once(seat_ids: list[int]) -> list[int]:
    if len(set(seat_ids)) != len(seat_ids):
        raise ValueError("Name each seat once.")
    return seat_ids


class ReserveSeats(Request):
    """These seats, or `quantity` of the best that are free."""

    model_config = ConfigDict(
        json_schema_extra=one_of(
            Either(("seatIds",), ("quantity", "section", "category")),
            Either(("quantity",), ("seatIds",)),
        )
    )

    event_id: Id
    seat_ids: (
        Annotated[
            list[Id],
            Field(
                min_length=1,
                max_length=MAX_SEATS_A_RESERVATION,
                json_schema_extra={"uniqueItems": True},
            ),
            AfterValidator(_each_once),
        ]
        | None
    ) = None
    quantity: Annotated[Integer, Field(ge=1, le=MAX_SEATS_A_RESERVATION)] | None = None
    section: _Name | None = None
    category: _Name | None = None
    user_id: Id | None = None

    @model_validator(mode="after")
    def _seats_or_quantity(self) -> Self:
        if (self.seat_ids is None) == (self.quantity is None):
            raise ValueError("Send either seatIds or quantity.")
        if self.seat_ids is not None and (self.section or self.category):
            raise ValueError("section and category go with quantity.")
        return self


class ReleaseReservation(Request):
    reservation_id: Annotated[str, Field(min_length=1, max_length=100)]


class BlockSeats(Request):
    event_id: Id
    seat_ids: Annotated[
        list[Id],
        Field(min_length=1, max_length=MAX_SEATS_A_BLOCK, json_schema_extra={"uniqueItems": True}),
        AfterValidator(_each_once),
    ]


class OfEvent(Request):
    event_id: QueryId


class OfSection(OfEvent):
    section: _Name | None = None


class ListSeats(OfSection):
    status: SeatStatus | None = None
    limit: Limit = 50
    cursor: Cursor = None
