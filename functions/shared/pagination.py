"""Opaque cursors: the sort key of the last item seen, so that inserts never shift a page.

A cursor belongs to one list, that is to a path and what is asked of it; in another it is refused.
Nothing in it is secret, and none gives more than the list itself, so it is not signed.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from functions.shared.problems import ValidationFailed

Position = TypeVar("Position", bound=BaseModel)

# Set by the edge of the API for each request, like who is calling.
_asked: Final[ContextVar[str]] = ContextVar("the list that is asked for", default="")


def list_name(path: str, filters: Mapping[str, str]) -> str:
    """The same for the same list, whatever its page."""
    written = json.dumps([path, sorted(filters.items())])
    return hashlib.sha256(written.encode()).hexdigest()[:12]


def ask_for(name: str) -> None:
    """From here on cursors are of this list."""
    _asked.set(name)


def encode_cursor(position: Mapping[str, Any] | None, of: str | None = None) -> str | None:
    """A cursor of the list that is asked for, or of the one named."""
    if position is None:
        return None
    content = {"after": position, "of": _asked.get() if of is None else of}
    raw = json.dumps(content, separators=(",", ":"), sort_keys=True).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> dict[str, Any] | None:
    """Raises ValidationFailed for anything that is not a cursor of the list that is asked for."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        content = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _none_of_ours() from error
    if not isinstance(content, dict) or not isinstance(content.get("after"), dict):
        raise _none_of_ours()
    if content.get("of") != _asked.get():
        raise ValidationFailed.at("/cursor", "This is a cursor of another list.")
    position: dict[str, Any] = content["after"]
    return position


def decode_position(cursor: str | None, model: type[Position]) -> Position | None:
    """The sort key in a cursor, as its list's own model. Raises ValidationFailed."""
    position = decode_cursor(cursor)
    if position is None:
        return None
    try:
        return model.model_validate(position)
    except ValidationError as error:
        raise _none_of_ours() from error


def _none_of_ours() -> ValidationFailed:
    return ValidationFailed.at("/cursor", "This is not a cursor of ours.")
