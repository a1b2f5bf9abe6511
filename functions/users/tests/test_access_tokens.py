"""Access tokens are signed by KMS, last 15 minutes, and verify by the published keys alone."""

import base64
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from jwt import PyJWK

from functions.shared.tests.deployed import ISSUER, Answer, Client, load
from functions.users import access_tokens
from functions.users.tests.conftest import PASSWORD

Register = Callable[..., dict[str, Any]]


def test_a_token_verifies_by_the_published_keys_alone(client: Client, register: Register) -> None:
    registered = register()
    published = client("GET", "/.well-known/jwks.json")
    assert published.status == 200
    assert published.headers["Cache-Control"] == "public, max-age=300"
    keys = {key["kid"]: PyJWK(key) for key in published.body["keys"]}
    kid = jwt.get_unverified_header(registered["token"])["kid"]
    claims = jwt.decode(
        registered["token"], keys[kid], ["ES256"], issuer=ISSUER, audience="boxoffice"
    )
    assert set(claims) == {"iss", "aud", "sub", "role", "jti", "iat", "exp"}
    assert (claims["sub"], claims["role"]) == ("1", "CUSTOMER")
    assert claims["exp"] - claims["iat"] == 900
    assert claims["iat"] == pytest.approx(time.time(), abs=5)


def test_both_keys_of_a_rotation_are_published_and_the_current_one_signs(
    client: Client, register: Register
) -> None:
    keys = client("GET", "/.well-known/jwks.json").body["keys"]
    assert len({key["kid"] for key in keys}) == 2
    for key in keys:
        assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
        assert (key["kty"], key["crv"], key["use"], key["alg"]) == ("EC", "P-256", "sig", "ES256")
    token = register()["token"]
    assert jwt.get_unverified_header(token) == {
        "alg": "ES256",
        "typ": "JWT",
        "kid": keys[0]["kid"],
    }


def test_a_token_of_another_published_key_is_taken(
    client: Client, register: Register, environment: dict[str, str]
) -> None:
    token = register()["token"]
    [_, second] = environment["TOKEN_KEY_IDS"].split(",")
    rotated = load("functions.users.api", environment | {"TOKEN_SIGNING_KEY_ID": second})
    anew = Client(rotated)("POST", "/v1/users/login", {"username": "ann", "password": PASSWORD})
    kids = {jwt.get_unverified_header(each)["kid"] for each in (token, anew.body["token"])}
    assert len(kids) == 2
    for api, shown in ((Client(rotated), token), (client, anew.body["token"])):
        assert api("GET", "/v1/users/me", token=shown).status == 200
    rotated.engine.dispose()


def test_each_token_has_an_id_of_its_own(register: Register, login: Callable[..., Answer]) -> None:
    tokens = [register()["token"], login().body["token"], login().body["token"]]
    ids = {jwt.decode(token, options={"verify_signature": False})["jti"] for token in tokens}
    assert len(ids) == 3


def test_a_signature_is_its_two_numbers_in_32_bytes_each(register: Register) -> None:
    token = register()["token"]
    signature = token.split(".")[2]
    assert len(base64.urlsafe_b64decode(signature + "==")) == 64


@pytest.mark.parametrize(("r", "s"), [(1, 2**255), (2**255, 1), (2**247, 2**247)])
def test_a_number_that_begins_with_zeros_keeps_them(r: int, s: int) -> None:
    # One signature in 128 has such a number, and DER leaves the zeros out.
    raw = access_tokens._raw(encode_dss_signature(r, s))
    assert raw == r.to_bytes(32, "big") + s.to_bytes(32, "big")


@pytest.mark.parametrize("spoil", ["", "x", "none"])
def test_a_spoilt_token_is_refused(client: Client, register: Register, spoil: str) -> None:
    token = register()["token"]
    header, payload, signature = token.split(".")
    spoilt = {
        "": f"{header}.{payload}.",
        "x": f"{header}.{payload}x.{signature}",
        "none": jwt.encode({"sub": "1"}, "", algorithm="none"),
    }[spoil]
    answer = client("GET", "/v1/users/me", token=spoilt)
    answer.problem(401, "unauthenticated")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
