"""Access tokens are signed here, by a key that never leaves KMS, and its public half is published.

Everybody verifies them by `functions.shared.tokens`, without asking us.
"""

import base64
import json
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from jwt.algorithms import ECAlgorithm

from functions.shared.aws import UNREACHABLE
from functions.shared.observability import logger
from functions.shared.problems import ServiceUnavailable
from functions.shared.tokens import ALGORITHM, AUDIENCE, fetch_public_keys, key_id
from functions.users.domain import ACCESS_TOKEN_LIFETIME, User

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient

_COORDINATE_BYTES = 32  # P-256: a signature is r and s, each in this many bytes (RFC 7518, 3.4).


class AccessTokenSigner:
    """Signs with one KMS key, whose `kid` is asked for once."""

    def __init__(self, kms: "KMSClient", kms_key_id: str, issuer: str) -> None:
        self._kms = kms
        self._kms_key_id = kms_key_id
        self._issuer = issuer
        self._kid: str | None = None

    def sign(self, user: User, token_id: UUID, now: datetime) -> str:
        """A token that speaks for this user until its lifetime is over.

        Raises ServiceUnavailable when KMS can't be reached.
        """
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": str(user.user_id),
            "role": user.role,
            "jti": str(token_id),
            "iat": int(now.timestamp()),
            "exp": int((now + ACCESS_TOKEN_LIFETIME).timestamp()),
        }
        try:
            header = {"alg": ALGORITHM, "kid": self._key_id(), "typ": "JWT"}
            signing_input = _part(_json(header)) + b"." + _part(_json(claims))
            signature = self._kms.sign(
                KeyId=self._kms_key_id,
                Message=signing_input,
                MessageType="RAW",
                SigningAlgorithm="ECDSA_SHA_256",
            )["Signature"]
        except UNREACHABLE as error:
            logger.exception("KMS away")
            raise ServiceUnavailable.retry_after(1, "The token could not be signed.") from error
        return (signing_input + b"." + _part(_raw(signature))).decode()

    def _key_id(self) -> str:
        if self._kid is None:
            self._kid = key_id(self._kms.get_public_key(KeyId=self._kms_key_id)["PublicKey"])
        return self._kid


def published_keys(kms: "KMSClient", kms_key_ids: Iterable[str]) -> list[dict[str, Any]]:
    """The public keys as JWKs (RFC 7517); around a rotation there are two."""
    return [
        {**ECAlgorithm.to_jwk(key, as_dict=True), "kid": kid, "use": "sig", "alg": ALGORITHM}
        for kid, key in fetch_public_keys(kms, kms_key_ids).items()
    ]


def _raw(der_signature: bytes) -> bytes:
    """KMS answers in DER; a JWT carries the two numbers as they are, one after the other."""
    r, s = decode_dss_signature(der_signature)
    return r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")


def _json(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()


def _part(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")
