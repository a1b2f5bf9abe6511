"""What every request and response model has in common."""

import re
from datetime import date
from typing import Annotated, Any, NamedTuple

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    Strict,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema


class Request(BaseModel):
    """A body or a query: camelCase or snake_case, and no field that is not asked for."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        str_strip_whitespace=True,
        frozen=True,
    )


class Either(NamedTuple):
    """One way to fill a body: what must be said, and what may then not be."""

    said: tuple[str, ...]
    unsaid: tuple[str, ...]


def one_of(*ways: Either) -> dict[str, Any]:
    """For `json_schema_extra`: exactly one of these ways, as a validator of the model sees to."""
    return {
        "oneOf": [
            {
                "required": list(way.said),
                "properties": {name: {"not": {"type": "null"}} for name in way.said}
                | {name: {"type": "null"} for name in way.unsaid},
            }
            for way in ways
        ]
    }


class NeverNull:
    """For a field that is left out, never null; the model's own validator refuses null."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        choices = handler(schema)["anyOf"]
        [written] = [each for each in choices if each != {"type": "null"}]
        found: dict[str, Any] = written
        return found


class View(BaseModel):
    """A response: camelCase, every field always present."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, serialize_by_alias=True
    )


class FieldError(View):
    pointer: str
    detail: str


class ProblemView(View):
    """RFC 9457 problem details, as every error is answered."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[FieldError] | None = None
    unavailable_seats: list[int] | None = None
    retry_after: int | None = None


MAX_ID = 2**31 - 1
_WHOLE_NUMBER = re.compile(r"[0-9]{1,19}")
# RFC 3339, 5.6; of its freedoms only the lower-case letters and the space are not taken.
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def whole_number(sent: Any) -> Any:
    """The number that a path or a query spells in digits, the only spelling it has."""
    if isinstance(sent, str):
        if not _WHOLE_NUMBER.fullmatch(sent):
            raise ValueError("This is a whole number, in digits.")
        return int(sent)
    return sent


def _rfc_3339(sent: Any) -> Any:
    """What Python would also take for a moment, a number of seconds or a bare date, is none."""
    if isinstance(sent, str) and not _INSTANT.fullmatch(sent):
        raise ValueError("This is a moment by RFC 3339, as 2026-11-22T18:30:00Z.")
    if isinstance(sent, int | float):
        raise ValueError("This is a text.")  # noqa: TRY004 - the client's fault, not ours
    return sent


def _day(sent: Any) -> Any:
    if isinstance(sent, str) and not _DAY.fullmatch(sent):
        raise ValueError("This is a day, as 2026-11-22.")
    return sent


def _json_integer(sent: Any) -> Any:
    """JSON has one kind of number: 7.0 is the integer 7 (JSON Schema); "7" and true are none."""
    if isinstance(sent, bool | str):
        raise ValueError("This is a number.")  # noqa: TRY004 - the client's fault, not ours
    return sent


Integer = Annotated[int, BeforeValidator(_json_integer)]
Id = Annotated[Integer, Field(ge=1, le=MAX_ID, description="A positive integer id")]
# 15.00 is somebody's major units, so of money not even that is taken.
Cents = Annotated[int, Strict(), Field(ge=0, le=10**12, description="Money in integer minor units")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code")]
Instant = Annotated[AwareDatetime, Field(description="RFC 3339 in UTC")]
# A moment as a client sends it.
Moment = Annotated[
    AwareDatetime, BeforeValidator(_rfc_3339), Field(description="RFC 3339, in any time zone")
]
Day = Annotated[date, BeforeValidator(_day), Field(description="A day, as 2026-11-22")]
Line = Annotated[
    str, Field(pattern=r"^[^\x00-\x1f\x7f]*$", description="Text without control characters")
]

# In a query everything is text.
QueryId = Annotated[
    int,
    Field(ge=1, le=MAX_ID, description="A positive integer id"),
    BeforeValidator(whole_number),
]
Limit = Annotated[int, Field(ge=1, le=100, description="Page size"), BeforeValidator(whole_number)]
Cursor = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=2048,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="`nextCursor` of the page before",
    ),
]
