"""JSON that has one meaning for everybody who reads it, and nothing that no store of ours can keep.

What is no JSON, or JSON that two readers may understand differently, is a MalformedRequest; a value
that could be read and can't be kept is a ValidationFailed that says where it stands.
"""

import json
import math
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, Optional

from functions.shared.problems import MalformedRequest, ValidationFailed

# The deepest body of the contract, a seating plan, has eight levels.
MAX_DEPTH: Final = 32
_INTEGERS: Final = range(-(2**63), 2**63)
# PostgreSQL keeps no NUL, and UTF-8 has no lone half of a surrogate pair.
UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
# What the gateway, which hands a body over as text, makes of bytes that are no UTF-8.
_REPLACEMENT: Final = "\ufffd"


def decoded_body(body: str | None, *, is_base64: bool) -> str:
    """The body of a gateway's event as text. Raises MalformedRequest when it was not UTF-8."""
    text = body or ""
    if is_base64:
        try:
            text = b64decode(text, validate=True).decode()
        except ValueError as error:
            raise MalformedRequest("The body is not UTF-8.") from error
    if _REPLACEMENT in text:
        raise MalformedRequest("The body is not UTF-8.")
    return text


def read_json(text: str) -> Any:
    """The value of a JSON text (RFC 8259). Raises MalformedRequest and ValidationFailed.

    Stricter than the standard where that leaves the meaning to the reader: a name comes once in an
    object, a number is finite, and nesting ends.
    """
    try:
        value = json.loads(text, object_pairs_hook=_each_name_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise MalformedRequest("The body is not JSON.") from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        # Python reads no integer of more than 4,300 digits.
        raise ValidationFailed("A number in the body is out of range.") from error
    for place in _places(value):
        if place.depth == MAX_DEPTH and isinstance(place.value, dict | list):
            raise _too_deep()
        fault = _fault(place.value)
        if fault is not None:
            raise ValidationFailed.at(place.pointer(), fault)
    return value


class _Place(NamedTuple):
    """A value within a body, and how it is reached."""

    value: Any
    depth: int
    name: str | int
    within: Optional["_Place"]

    def pointer(self) -> str:
        """Where it stands (RFC 6901)."""
        if self.within is None:
            return ""
        name = str(self.name).replace("~", "~0").replace("/", "~1")
        return f"{self.within.pointer()}/{name}"


def _places(value: Any) -> Iterator[_Place]:
    # Without recursion, as a body may be nested deeper than Python's own stack.
    waiting = [_Place(value, 0, "", None)]
    while waiting:
        place = waiting.pop()
        yield place
        members: Any = ()
        if isinstance(place.value, Mapping):
            members = place.value.items()
        elif isinstance(place.value, list):
            members = enumerate(place.value)
        waiting.extend(_Place(each, place.depth + 1, name, place) for name, each in members)


def _fault(value: Any) -> str | None:
    if isinstance(value, str) and UNSTORABLE.search(value):
        return "This text has a character that cannot be kept (U+0000 or a lone surrogate)."
    if isinstance(value, Mapping) and any(map(UNSTORABLE.search, value)):
        return "A name in here has a character that cannot be kept."
    if isinstance(value, int) and value not in _INTEGERS:
        return "This number is out of range."
    if isinstance(value, float) and not math.isfinite(value):
        return "This number is out of range."
    return None


def _each_name_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(members)
    if len(read) != len(members):
        raise MalformedRequest("A name comes twice in an object of the body.")
    return read


def _no_number(spelled: str) -> None:
    raise MalformedRequest(f"{spelled} is no number of JSON.")


def _too_deep() -> MalformedRequest:
    return MalformedRequest(f"The body is nested more than {MAX_DEPTH} deep.")
