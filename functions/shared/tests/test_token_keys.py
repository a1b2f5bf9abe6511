"""Keys are kept for a while: a new one is known in time, a withdrawn one is forgotten in time."""

import time
from typing import Any
from uuid import uuid4

import boto3
import jwt
import pytest
from botocore.stub import Stubber
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from functions.shared.problems import ServiceUnavailable, Unauthenticated
from functions.shared.tokens import (
    ALGORITHM,
    AUDIENCE,
    KEYS_PAUSE_SECONDS,
    KEYS_READ_AGAIN_SECONDS,
    KEYS_STALE_SECONDS,
    TokenVerifier,
    fetch_public_keys,
    key_id,
)


class Published:
    """What KMS publishes, and how often it was asked; the clock that goes with it."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.keys: dict[str, EllipticCurvePublicKey] = {}
        self.asked = 0
        self.away = False
        self.verifier = TokenVerifier("us", self.fetch, lambda: self.now)

    def fetch(self) -> dict[str, EllipticCurvePublicKey]:
        self.asked += 1
        if self.away:
            raise ServiceUnavailable.retry_after(1, "KMS away")
        return dict(self.keys)

    def is_good(self, token: str) -> bool:
        try:
            return self.verifier.verify(token).user_id == 7
        except Unauthenticated:
            return False


class Key:
    def __init__(self, published: Published | None = None) -> None:
        self.private: EllipticCurvePrivateKey = ec.generate_private_key(ec.SECP256R1())
        public = self.private.public_key()
        self.der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.kid = key_id(self.der)
        if published is not None:
            published.keys[self.kid] = public

    def token(self) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {"iss": "us", "aud": AUDIENCE, "sub": "7", "role": "CUSTOMER"}
        claims |= {"jti": str(uuid4()), "iat": now, "exp": now + 60}
        return jwt.encode(claims, self.private, ALGORITHM, headers={"kid": self.kid})


@pytest.fixture
def published() -> Published:
    return Published()


def test_keys_are_read_once_for_many_tokens(published: Published) -> None:
    key = Key(published)
    assert published.asked == 0
    for _ in range(5):
        assert published.is_good(key.token())
    assert published.asked == 1


def test_keys_are_read_again_after_five_minutes_and_the_withdrawn_are_forgotten(
    published: Published,
) -> None:
    old = Key(published)
    assert published.is_good(old.token())
    published.keys.clear()
    new = Key(published)
    published.now += KEYS_READ_AGAIN_SECONDS - 1
    assert published.is_good(old.token())
    published.now += 1
    assert not published.is_good(old.token())
    assert published.is_good(new.token())
    assert published.asked == 2


def test_a_new_key_is_looked_for_when_a_token_names_it(published: Published) -> None:
    """A worker that read the keys before a rotation."""
    old = Key(published)
    assert published.is_good(old.token())
    new = Key(published)
    published.now += KEYS_PAUSE_SECONDS
    assert published.is_good(new.token())
    assert published.is_good(old.token())
    assert published.asked == 2


def test_tokens_of_unknown_keys_have_keys_read_once_in_30_seconds(published: Published) -> None:
    key, unknown = Key(published), Key()
    assert published.is_good(key.token())
    published.now += KEYS_PAUSE_SECONDS
    for _ in range(10):
        assert not published.is_good(unknown.token())
    assert published.asked == 2
    published.now += KEYS_PAUSE_SECONDS - 1
    assert not published.is_good(unknown.token())
    assert published.asked == 2
    published.now += 1
    assert not published.is_good(unknown.token())
    assert published.asked == 3


def test_the_first_token_of_a_process_is_no_reason_to_read_the_keys_twice(
    published: Published,
) -> None:
    Key(published)
    assert not published.is_good(Key().token())
    assert published.asked == 1


def test_while_kms_is_away_known_keys_serve_for_an_hour(published: Published) -> None:
    key = Key(published)
    assert published.is_good(key.token())
    published.away = True
    asked = 1
    for age in range(KEYS_READ_AGAIN_SECONDS, KEYS_STALE_SECONDS, KEYS_PAUSE_SECONDS):
        published.now = 1_000 + age
        assert published.is_good(key.token())
        asked += 1
        assert published.is_good(key.token())
        assert published.asked == asked
    for age in (KEYS_STALE_SECONDS, KEYS_STALE_SECONDS + 1):
        published.now = 1_000 + age
        with pytest.raises(ServiceUnavailable):
            published.verifier.verify(key.token())
    published.away = False
    published.now += KEYS_PAUSE_SECONDS
    assert published.is_good(key.token())


def test_without_any_key_everybody_tries(published: Published) -> None:
    published.away = True
    for _ in range(3):
        with pytest.raises(ServiceUnavailable):
            published.verifier.verify("any")
    assert published.asked == 3
    published.away = False
    assert published.is_good(Key(published).token())


@pytest.mark.parametrize(
    "gone", ["NotFoundException", "DisabledException", "KMSInvalidStateException"]
)
def test_an_alias_without_a_key_in_use_is_passed_over(gone: str) -> None:
    kms = boto3.client("kms")
    key = Key()
    with Stubber(kms) as stub:
        stub.add_client_error("get_public_key", gone)
        stub.add_response("get_public_key", {"KeyId": "arn", "PublicKey": key.der})
        assert set(fetch_public_keys(kms, ["alias/next", "alias/current"])) == {key.kid}
        stub.add_client_error("get_public_key", gone)
        with pytest.raises(ServiceUnavailable):
            fetch_public_keys(kms, ["alias/next"])


def test_a_right_we_lack_is_no_key_that_is_gone() -> None:
    kms = boto3.client("kms")
    with Stubber(kms) as stub:
        stub.add_client_error("get_public_key", "AccessDeniedException")
        with pytest.raises(kms.exceptions.ClientError):
            fetch_public_keys(kms, ["alias/next"])
