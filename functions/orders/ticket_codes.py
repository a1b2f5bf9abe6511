"""The signed code of a ticket: what its QR shows, and what a gate believes.

Ed25519 (RFC 8032) over the order, the seat and the event. In base32, so that a QR may use its
alphanumeric mode and stay small (143 characters). Signing the same ticket gives the same code, so
codes are never stored. No personal data is in it.
"""

import base64
import binascii
import struct
import time
from collections.abc import Callable
from typing import Final, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION: Final = 1
_SIGNATURE_BYTES: Final = 64
# Version, order id, seat id, event id; all of one length, so nothing can be read in two ways.
_PAYLOAD: Final = struct.Struct(">B16sII")
MAX_LENGTH: Final = 200
# Anybody can show a forged code; not each of them may ask for the secret again.
_ANEW_SECONDS: Final = 30


class Admission(NamedTuple):
    """What a code says. It says nothing of whether the ticket was used or voided since."""

    order_id: str
    seat_id: int
    event_id: int


class TicketSigner:
    """Signs by the newest seed of the secret, and knows the codes of every seed that is in it.

    The secret, `"newest older oldest"`, is fetched when the first code is asked for, and again when
    a code is of no seed that is known: it may have been rotated since.
    """

    def __init__(
        self, fetch_secret: Callable[[], str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch_secret = fetch_secret
        self._clock = clock
        self._keys: list[Ed25519PrivateKey] = []
        self._fetched_at = float("-inf")

    def code_of(self, admission: Admission) -> str:
        payload = _PAYLOAD.pack(
            _VERSION, UUID(admission.order_id).bytes, admission.seat_id, admission.event_id
        )
        newest = (self._keys or self._fetch())[0]
        return base64.b32encode(payload + newest.sign(payload)).decode().rstrip("=")

    def read(self, code: str) -> Admission | None:
        """What a code of ours says; None for a forged or damaged one."""
        try:
            text = code.strip().upper()
            signed = base64.b32decode(text + "=" * (-len(text) % 8))
            payload, signature = signed[:-_SIGNATURE_BYTES], signed[-_SIGNATURE_BYTES:]
            version, order_id, seat_id, event_id = _PAYLOAD.unpack(payload)
        except (binascii.Error, ValueError, struct.error):
            return None
        if version != _VERSION or not self._is_ours(payload, signature):
            return None
        return Admission(str(UUID(bytes=order_id)), seat_id, event_id)

    def _is_ours(self, payload: bytes, signature: bytes) -> bool:
        if any(_verifies(key, payload, signature) for key in self._keys):
            return True
        if self._clock() < self._fetched_at + _ANEW_SECONDS:
            return False
        return any(_verifies(key, payload, signature) for key in self._fetch())

    def _fetch(self) -> list[Ed25519PrivateKey]:
        self._keys = [_key_of(seed) for seed in self._fetch_secret().split()]
        self._fetched_at = self._clock()
        return self._keys


def _key_of(seed: str) -> Ed25519PrivateKey:
    derive = HKDF(SHA256(), length=32, salt=None, info=b"boxoffice ticket codes 1")
    return Ed25519PrivateKey.from_private_bytes(derive.derive(seed.encode()))


def _verifies(key: Ed25519PrivateKey, payload: bytes, signature: bytes) -> bool:
    try:
        key.public_key().verify(signature, payload)
    except InvalidSignature:
        return False
    return True
