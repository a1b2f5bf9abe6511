"""Opaque cursors: the sort key of the last item seen, so that inserts never shift a page."""

import base64
import binascii
import json
from typing import Any

from functions.shared.problems import ValidationFailed


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
