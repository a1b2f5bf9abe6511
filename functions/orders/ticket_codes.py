"""The signed code of a ticket: what its QR shows, and what a gate believes.

Ed25519 (RFC 8032) over the order, the seat and the event. In base32, so that a QR may use its
alphanumeric mode and stay small (143 characters). Signing the same ticket gives the same code, so
codes are never stored. No personal data is in it.
"""

import base64
import binascii
import struct
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


class Admission(NamedTuple):
    """What a code says. It says nothing of whether the ticket was used or voided since."""

    order_id: str
    seat_id: int
    event_id: int


class TicketSigner:
    """Fetches the secret when the first code is asked for, and keeps the key."""

    def __init__(self, fetch_secret: Callable[[], str]) -> None:
        self._fetch_secret = fetch_secret
        self._key: Ed25519PrivateKey | None = None

    def code_of(self, admission: Admission) -> str:
        payload = _PAYLOAD.pack(
            _VERSION, UUID(admission.order_id).bytes, admission.seat_id, admission.event_id
        )
        return base64.b32encode(payload + self._signer().sign(payload)).decode().rstrip("=")

    def read(self, code: str) -> Admission | None:
        """What a code of ours says; None for a forged or damaged one."""
        try:
            text = code.strip().upper()
            signed = base64.b32decode(text + "=" * (-len(text) % 8))
            payload, signature = signed[:-_SIGNATURE_BYTES], signed[-_SIGNATURE_BYTES:]
            self._signer().public_key().verify(signature, payload)
            version, order_id, seat_id, event_id = _PAYLOAD.unpack(payload)
        except (binascii.Error, ValueError, InvalidSignature, struct.error):
            return None
        if version != _VERSION:
            return None
        return Admission(str(UUID(bytes=order_id)), seat_id, event_id)

    def _signer(self) -> Ed25519PrivateKey:
        if self._key is None:
            derive = HKDF(SHA256(), length=32, salt=None, info=b"boxoffice ticket codes 1")
            seed = derive.derive(self._fetch_secret().encode())
            self._key = Ed25519PrivateKey.from_private_bytes(seed)
        return self._key
