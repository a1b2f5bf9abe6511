"""Access tokens: ES256 JWTs, verified in each handler against the published keys.

The keys live in KMS and never leave it: the users domain signs there, everybody verifies with the
public half (RFC 7518 ES256; RFC 8725: the algorithm is fixed by the key, never by the header).
"""

import base64
import hashlib
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from functions.shared.aws import UNREACHABLE
from functions.shared.observability import logger
from functions.shared.problems import ServiceUnavailable, Unauthenticated
from functions.shared.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient

ALGORITHM = "ES256"
AUDIENCE = "boxoffice"
LEEWAY_SECONDS = 5
REQUIRED_CLAIMS = ["iss", "aud", "sub", "role", "jti", "iat", "exp"]


class TokenSettings(Settings):
    """What an API reads to verify tokens. Of the keys the first signs and all verify."""

    token_issuer: str
    token_key_ids: str

    @property
    def kms_key_ids(self) -> list[str]:
        return [kms_key_id.strip() for kms_key_id in self.token_key_ids.split(",")]


class Role(StrEnum):
    CUSTOMER = "CUSTOMER"
    EVENT_ORGANIZER = "EVENT_ORGANIZER"
    ADMIN = "ADMIN"


class Principal(NamedTuple):
    """Who is calling."""

    user_id: int
    role: Role

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN


def key_id(der: bytes) -> str:
    """The `kid` of a public key: from its own bytes, so that every function derives the same."""
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()[:12]).decode()


def fetch_public_keys(
    kms: "KMSClient", kms_key_ids: Iterable[str]
) -> dict[str, EllipticCurvePublicKey]:
    """The public keys by `kid`, read from KMS. Raises ServiceUnavailable when it is away."""
    keys: dict[str, EllipticCurvePublicKey] = {}
    for kms_key_id in kms_key_ids:
        try:
            der = kms.get_public_key(KeyId=kms_key_id)["PublicKey"]
        except UNREACHABLE as error:
            logger.exception("KMS away")
            raise ServiceUnavailable.retry_after(1, "The keys could not be read.") from error
        key = load_der_public_key(der)
        if not isinstance(key, EllipticCurvePublicKey):
            raise TypeError(f"{kms_key_id} is not an elliptic curve key")
        keys[key_id(der)] = key
    return keys


class TokenVerifier:
    """Verifies bearer tokens; the keys are fetched when the first token comes, then kept."""

    def __init__(
        self, issuer: str, fetch_keys: Callable[[], dict[str, EllipticCurvePublicKey]]
    ) -> None:
        self._issuer = issuer
        self._fetch_keys = fetch_keys
        self._keys: dict[str, EllipticCurvePublicKey] | None = None

    def verify(self, token: str) -> Principal:
        """Who the token speaks for. Raises Unauthenticated."""
        if self._keys is None:
            self._keys = self._fetch_keys()
        try:
            key = self._keys.get(jwt.get_unverified_header(token).get("kid", ""))
            if key is None:
                raise jwt.InvalidKeyError("unknown kid")
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=AUDIENCE,
                leeway=LEEWAY_SECONDS,
                options={"require": REQUIRED_CLAIMS},
            )
            return Principal(int(claims["sub"]), Role(claims["role"]))
        except (jwt.PyJWTError, ValueError) as error:
            raise Unauthenticated.because(
                "The access token is not valid or has expired.", "invalid_token"
            ) from error

    def principal_of(self, authorization: str | None) -> Principal:
        """The caller behind an Authorization header. Raises Unauthenticated."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated.because("Send an access token: `Authorization: Bearer <token>`.")
        return self.verify(token.strip())
