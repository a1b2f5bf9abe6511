"""Opaque cursors: the sort key of the last item seen, so that inserts never shift a page."""

import base64
import binascii
import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from functions.shared.problems import ValidationFailed

Position = TypeVar("Position", bound=BaseModel)


def encode_cursor(position: dict[str, Any] | None) -> str | None:
    if position is None:
        return None
    raw = json.dumps(position, separators=(",", ":"), sort_keys=True).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> dict[str, Any] | None:
    """Raises ValidationFailed for anything that is not a cursor of ours."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise ValidationFailed.at("/cursor", "This is not a cursor of ours.") from error
    if not isinstance(position, dict):
        raise ValidationFailed.at("/cursor", "This is not a cursor of ours.")
    return position


def decode_position(cursor: str | None, model: type[Position]) -> Position | None:
    """The sort key in a cursor, as its list's own model. Raises ValidationFailed."""
    position = decode_cursor(cursor)
    if position is None:
        return None
    try:
        return model.model_validate(position)
    except ValidationError as error:
        raise ValidationFailed.at("/cursor", "This is not a cursor of ours.") from error
