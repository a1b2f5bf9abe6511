"""Guessing has a limit. An attempt counts before anything is tried, so that those at once do too.

A key is hashed, as what people type for a name may be anything, their password too.
"""

import hashlib
import math
from datetime import datetime

from sqlalchemy import Connection

from functions.shared.addresses import network_of
from functions.users import attempt_store
from functions.users.domain import Limit, TooManyAttempts


def sign_in_key(name: str, address: str) -> bytes:
    """One name as it may be typed, known or not, from one address: nobody elsewhere is kept out."""
    return _key("sign in", name.casefold(), network_of(address))


def mail_key(email: str) -> bytes:
    """Mail to one mailbox, whoever asks for it."""
    return _key("mail", email.casefold())


def request_key(address: str) -> bytes:
    """Requests for mail from one address."""
    return _key("request", network_of(address))


def export_key(user_id: int) -> bytes:
    return _key("export", str(user_id))


def admit(connection: Connection, key: bytes, limit: Limit, now: datetime) -> None:
    """Count one more attempt, which must be committed. Raises TooManyAttempts."""
    if attempt_store.record_attempt(connection, key, limit, now):
        return
    again_at = attempt_store.possible_again(connection, key, limit, now)
    seconds = max(1, math.ceil((again_at - now).total_seconds()))
    raise TooManyAttempts(f"Try again in {seconds} seconds.", retryAfter=seconds)


def _key(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode()).digest()
