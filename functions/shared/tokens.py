"""Access tokens: ES256 JWTs, verified in each handler against the published keys.

The keys live in KMS and never leave it: the users domain signs there, everybody verifies with the
public half (RFC 7518 ES256; RFC 8725: the algorithm is fixed by the key, never by the header).
"""

import base64
import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import jwt
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from functions.shared.aws import UNREACHABLE
from functions.shared.observability import logger
from functions.shared.problems import ServiceUnavailable, Unauthenticated
from functions.shared.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient

ALGORITHM: Final = "ES256"
AUDIENCE: Final = "boxoffice"
# How far two machines' clocks may be apart.
LEEWAY_SECONDS: Final = 5
REQUIRED_CLAIMS: Final = ["iss", "aud", "sub", "role", "jti", "iat", "exp"]

# Keys are read again so often, and served so long while KMS is away.
KEYS_READ_AGAIN_SECONDS: Final = 300
KEYS_STALE_SECONDS: Final = 3_600
# Reading them is tried no more often than this, however many tokens name a key nobody knows.
KEYS_PAUSE_SECONDS: Final = 30

# What KMS says of an alias that is not there (yet, or any more), and of a key that was withdrawn.
NOT_IN_USE: Final = frozenset(
    {"NotFoundException", "DisabledException", "KMSInvalidStateException"}
)


class TokenSettings(Settings):
    """What an API reads to verify tokens: the aliases of the keys, comma separated. Which keys
    they stand for changes while we run (`functions/users/token_keys.py`).
    """

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


def is_not_in_use(error: ClientError) -> bool:
    """Whether KMS refused because there is no such key to be used."""
    return error.response["Error"]["Code"] in NOT_IN_USE


def fetch_public_keys(
    kms: "KMSClient", kms_key_ids: Iterable[str]
) -> dict[str, EllipticCurvePublicKey]:
    """The public keys by `kid`, read from KMS; of the aliases around a rotation some are not there.

    Raises ServiceUnavailable when KMS is away, or has none of them.
    """
    keys: dict[str, EllipticCurvePublicKey] = {}
    for kms_key_id in kms_key_ids:
        try:
            der = kms.get_public_key(KeyId=kms_key_id)["PublicKey"]
        except UNREACHABLE as error:
            logger.exception("KMS away")
            raise ServiceUnavailable.retry_after(1, "The keys could not be read.") from error
        except ClientError as error:
            if is_not_in_use(error):
                continue
            raise
        key = load_der_public_key(der)
        if not isinstance(key, EllipticCurvePublicKey):
            raise TypeError(f"{kms_key_id} is not an elliptic curve key")
        keys[key_id(der)] = key
    if not keys:
        logger.error("no token key is in use")
        raise ServiceUnavailable.retry_after(1, "The keys could not be read.")
    return keys


class TokenVerifier:
    """Verifies bearer tokens by keys that are fetched when first needed, and kept for a while.

    A token names its key by a `kid` among ours, and nothing else in its header has a say: neither
    the algorithm, nor a key that it brings or points to (RFC 8725, 3.1 and 3.10).
    """

    def __init__(
        self,
        issuer: str,
        fetch_keys: Callable[[], dict[str, EllipticCurvePublicKey]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._fetch_keys = fetch_keys
        self._clock = clock
        self._keys: dict[str, EllipticCurvePublicKey] = {}
        self._fetched_at = self._tried_at = float("-inf")

    def public_keys(self) -> Mapping[str, EllipticCurvePublicKey]:
        """The keys that verify now. Raises ServiceUnavailable without any that are fresh enough."""
        if self._age() >= KEYS_READ_AGAIN_SECONDS and self._may_try():
            try:
                self._fetch()
            except ServiceUnavailable:
                if self._age() >= KEYS_STALE_SECONDS:
                    raise
        if self._age() >= KEYS_STALE_SECONDS:
            raise ServiceUnavailable.retry_after(1, "The keys could not be read.")
        return self._keys

    def verify(self, token: str) -> Principal:
        """Who the token speaks for. Raises Unauthenticated, or ServiceUnavailable as above."""
        keys = self.public_keys()
        try:
            kid = jwt.get_unverified_header(token).get("kid", "")
            if kid not in keys and self._may_try():
                self._fetch()
            key = self._keys.get(kid)
            if key is None:
                raise jwt.InvalidKeyError("unknown kid")
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=AUDIENCE,
                leeway=LEEWAY_SECONDS,
                options={"require": REQUIRED_CLAIMS, "strict_aud": True},
            )
            return Principal(int(claims["sub"]), Role(claims["role"]))
        except (jwt.PyJWTError, ValueError) as error:
            raise Unauthenticated.because(
                "The access token is not valid or has expired.", "invalid_token"
            ) from error

    def _fetch(self) -> None:
        self._tried_at = self._clock()
        self._keys = self._fetch_keys()
        self._fetched_at = self._tried_at

    def _age(self) -> float:
        return self._clock() - self._fetched_at

    def _may_try(self) -> bool:
        # Without keys nothing can be answered, so that everybody tries.
        return not self._keys or self._clock() - self._tried_at >= KEYS_PAUSE_SECONDS

    def principal_of(self, authorization: str | None) -> Principal:
        """The caller behind an Authorization header. Raises Unauthenticated."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated.because("Send an access token: `Authorization: Bearer <token>`.")
        return self.verify(token.strip())
