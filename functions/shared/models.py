"""What every request and response model has in common."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Request(BaseModel):
    """A body or a query: camelCase or snake_case, and no field that is not asked for."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        str_strip_whitespace=True,
        frozen=True,
    )


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

Id = Annotated[int, Field(ge=1, le=MAX_ID, description="A positive integer id")]
Cents = Annotated[int, Field(ge=0, le=10**12, description="Money in integer minor units")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code")]
Instant = Annotated[AwareDatetime, Field(description="RFC 3339 in UTC")]
Line = Annotated[
    str, Field(pattern=r"^[^\x00-\x1f\x7f]*$", description="Text without control characters")
]
Limit = Annotated[int, Field(ge=1, le=100, description="Page size")]
Cursor = Annotated[
    str | None, Field(max_length=2048, description="`nextCursor` of the page before")
]
