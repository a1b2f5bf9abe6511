"""Access tokens are signed here, by a key that never leaves KMS, and its public half is published.

Everybody verifies them by `functions.shared.tokens`, without asking us. Which key signs is what an
alias says, so that it changes while we run (`token_keys.py`).
"""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from jwt.algorithms import ECAlgorithm

from functions.shared.aws import UNREACHABLE
from functions.shared.observability import logger
from functions.shared.problems import ServiceUnavailable
from functions.shared.tokens import ALGORITHM, AUDIENCE, is_not_in_use, key_id
from functions.users.domain import ACCESS_TOKEN_LIFETIME, User

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient

SIGNER_LOOKS_AGAIN: Final = timedelta(minutes=5)
# How long whoever reads our keys over HTTP may keep them.
JWKS_MAX_AGE_SECONDS: Final = 300

_COORDINATE_BYTES = 32  # P-256: a signature is r and s, each in this many bytes (RFC 7518, 3.4).


class SigningKey(NamedTuple):
    """A key as KMS knows it, and as tokens name it."""

    arn: str
    kid: str


class AccessTokenSigner:
    """Signs with the key behind an alias, and looks again which that is after some minutes.

    Always with the very key that was looked up, never by the alias: that may have moved on, and
    the token would name one key and be signed by another.
    """

    def __init__(self, kms: "KMSClient", kms_alias: str, issuer: str) -> None:
        self._kms = kms
        self._kms_alias = kms_alias
        self._issuer = issuer
        self._key: SigningKey | None = None
        self._looked_at = datetime.min.replace(tzinfo=UTC)

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
            try:
                return self._signed(self._key_at(now), claims)
            except ClientError as error:
                if not is_not_in_use(error):
                    raise
                # It was revoked since we looked.
                return self._signed(self._look(now), claims)
        except UNREACHABLE as error:
            logger.exception("KMS away")
            raise ServiceUnavailable.retry_after(1, "The token could not be signed.") from error

    def _signed(self, key: SigningKey, claims: dict[str, Any]) -> str:
        header = {"alg": ALGORITHM, "kid": key.kid, "typ": "JWT"}
        signing_input = _part(_json(header)) + b"." + _part(_json(claims))
        signature = self._kms.sign(
            KeyId=key.arn,
            Message=signing_input,
            MessageType="RAW",
            SigningAlgorithm="ECDSA_SHA_256",
        )["Signature"]
        return (signing_input + b"." + _part(_raw(signature))).decode()

    def _key_at(self, now: datetime) -> SigningKey:
        if self._key is None or now - self._looked_at >= SIGNER_LOOKS_AGAIN:
            return self._look(now)
        return self._key

    def _look(self, now: datetime) -> SigningKey:
        found = self._kms.get_public_key(KeyId=self._kms_alias)
        self._key = SigningKey(found["KeyId"], key_id(found["PublicKey"]))
        self._looked_at = now
        return self._key


def published_keys(keys: Mapping[str, EllipticCurvePublicKey]) -> list[dict[str, Any]]:
    """The public keys as JWKs (RFC 7517); around a rotation there are two."""
    return [
        {**ECAlgorithm.to_jwk(key, as_dict=True), "kid": kid, "use": "sig", "alg": ALGORITHM}
        for kid, key in keys.items()
    ]


def _raw(der_signature: bytes) -> bytes:
    """KMS answers in DER; a JWT carries the two numbers as they are, one after the other."""
    r, s = decode_dss_signature(der_signature)
    return r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")


def _json(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()


def _part(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")
