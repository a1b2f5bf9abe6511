"""A token is taken only from the right key, for us, by its time, with every claim."""

import base64
import json
import time
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from functions.shared.problems import Unauthenticated
from functions.shared.tokens import (
    ALGORITHM,
    AUDIENCE,
    REQUIRED_CLAIMS,
    Principal,
    Role,
    TokenVerifier,
    key_id,
)

KEY = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
DER = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
KID = key_id(DER)


@pytest.fixture
def verifier() -> TokenVerifier:
    return TokenVerifier("us", lambda: {KID: KEY.public_key()})


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": "us",
        "aud": AUDIENCE,
        "sub": "7",
        "role": "CUSTOMER",
        "jti": str(uuid4()),
        "iat": now,
        "exp": now + 60,
    } | changed


def token(key: Any = KEY, kid: str = KID, algorithm: str = ALGORITHM, **changed: Any) -> str:
    return jwt.encode(claims(**changed), key, algorithm=algorithm, headers={"kid": kid})


def test_a_good_token_says_who_is_calling(verifier: TokenVerifier) -> None:
    assert verifier.principal_of(f"Bearer {token()}") == Principal(7, Role.CUSTOMER)
    assert verifier.principal_of(f"bearer {token(role='ADMIN')}").is_admin


@pytest.mark.parametrize(
    "bad",
    [
        token(key=OTHER),
        token(kid="unknown"),
        token(iss="them"),
        token(aud="others"),
        token(exp=int(time.time()) - 60),
        token(role="EMPEROR"),
        token(sub="x"),
        token(key="a" * 32, algorithm="HS256"),
        token()[:-4] + "AAAA",
        "nonsense",
    ],
)
def test_a_bad_token_is_refused(verifier: TokenVerifier, bad: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        verifier.principal_of(f"Bearer {bad}")
    assert 'error="invalid_token"' in refused.value.headers["WWW-Authenticate"]


@pytest.mark.parametrize("claim", REQUIRED_CLAIMS)
def test_a_token_without_one_of_its_claims_is_refused(verifier: TokenVerifier, claim: str) -> None:
    body = {name: value for name, value in claims().items() if name != claim}
    unclaimed = jwt.encode(body, KEY, algorithm=ALGORITHM, headers={"kid": KID})
    with pytest.raises(Unauthenticated):
        verifier.verify(unclaimed)


def test_a_token_that_names_no_algorithm_is_refused(verifier: TokenVerifier) -> None:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    with pytest.raises(Unauthenticated):
        verifier.verify(f"{part({'alg': 'none', 'kid': KID})}.{part(claims())}.")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc"])
def test_no_token_is_told_how_to_send_one(verifier: TokenVerifier, header: str | None) -> None:
    with pytest.raises(Unauthenticated) as refused:
        verifier.principal_of(header)
    assert refused.value.headers["WWW-Authenticate"] == 'Bearer realm="boxoffice"'
