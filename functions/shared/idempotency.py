"""Idempotency keys: read, bound to the body, and turned into ids that a retry derives again."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from functions.shared.problems import IdempotencyKeyRequired

MAX_KEY_LENGTH = 255
# What a header can carry between any two parties; blanks around it are not part of it.
KEY_PATTERN = r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$"

# Any fixed UUID would do; it only keeps our derived ids apart from everybody else's.
_NAMESPACE = UUID("6c1f5a3e-7d5b-4b0e-9a53-0e4e0a4a1f52")


def check_key(key: str | None) -> str:
    """The key a route cannot do without. Raises IdempotencyKeyRequired."""
    sent = (key or "").strip()
    if len(sent) > MAX_KEY_LENGTH or not re.fullmatch(KEY_PATTERN, sent):
        raise IdempotencyKeyRequired(
            f"Send an Idempotency-Key header of 1 to {MAX_KEY_LENGTH} characters of ASCII."
        )
    return sent


def check_optional_key(key: str | None) -> str | None:
    return None if key is None else check_key(key)


def derived_id(kind: str, *parts: object) -> str:
    """The same UUID for the same parts, always (RFC 9562, version 5).

    A crash between any two steps is repaired by the client's own retry, because it
    derives the same ids again.
    """
    return str(uuid5(_NAMESPACE, json.dumps([kind, *map(str, parts)])))


def request_hash(body: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of a parsed body, so that spelling and order do not count."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
