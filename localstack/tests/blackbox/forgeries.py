"""Access tokens that the deployment never gave, made from one that it did and its public keys."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Forgery = Callable[[str, dict[str, Any]], str]


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _header(token: str) -> dict[str, Any]:
    return jwt.get_unverified_header(token)


def _claims(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def _as_administrator(token: str, key: dict[str, Any]) -> str:
    header, _, signature = token.split(".")
    return f"{header}.{_part(_claims(token) | {'role': 'ADMIN'})}.{signature}"


def _another_signature(token: str, key: dict[str, Any]) -> str:
    head, _, signature = token.rpartition(".")
    return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def _unsigned(algorithm: str) -> Forgery:
    def forge(token: str, key: dict[str, Any]) -> str:
        return f"{_part(_header(token) | {'alg': algorithm})}.{token.split('.')[1]}."

    return forge


def _hmac_of_public_key(encoding: Encoding) -> Forgery:
    """RFC 8725, 2.1: who lets the header choose takes the public key for a shared secret."""

    def forge(token: str, key: dict[str, Any]) -> str:
        public = jwt.PyJWK(key).key.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
        signing = f"{_part(_header(token) | {'alg': 'HS256'})}.{token.split('.')[1]}"
        # PyJWT itself refuses to sign so.
        algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
        signature = base64.urlsafe_b64encode(algorithm.sign(signing.encode(), public))
        return f"{signing}.{signature.rstrip(b'=').decode()}"

    return forge


def _own_key(header: Callable[[dict[str, Any]], dict[str, Any]] = dict, **claims: Any) -> Forgery:
    """Well signed, by a key of the forger's; `header` is given the key's public half."""

    def forge(token: str, key: dict[str, Any]) -> str:
        private = ec.generate_private_key(ec.SECP256R1())
        public = jwt.algorithms.ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
        headers = {"kid": key["kid"]} | header(public)
        said = {name: value for name, value in (_claims(token) | claims).items() if value}
        return jwt.encode(said, private, algorithm="ES256", headers=headers)

    return forge


def _kid(value: object) -> Forgery:
    """Signed by the deployment, but for another header than this."""

    def forge(token: str, key: dict[str, Any]) -> str:
        _, claims, signature = token.split(".")
        return f"{_part(_header(token) | {'kid': value})}.{claims}.{signature}"

    return forge


_HOUR: Final = 3600

FORGERIES: Final[dict[str, Forgery]] = {
    "no JWT": lambda token, key: "forged",
    "three empty parts": lambda token, key: "..",
    "no signature": lambda token, key: token.rpartition(".")[0] + ".",
    "two parts": lambda token, key: token.rpartition(".")[0],
    "four parts": lambda token, key: f"{token}.x",
    "cut short": lambda token, key: token[:-4],
    "twice": lambda token, key: f"{token}, {token}",
    "another signature": _another_signature,
    "another role": _as_administrator,
    "alg none": _unsigned("none"),
    "alg nOnE": _unsigned("nOnE"),
    "alg empty": _unsigned(""),
    "HS256 with the public key as PEM": _hmac_of_public_key(Encoding.PEM),
    "HS256 with the public key as DER": _hmac_of_public_key(Encoding.DER),
    "a forger's key": _own_key(),
    "a forger's key in the header": _own_key(lambda public: {"jwk": public}),
    "a forger's key by address": _own_key(lambda public: {"jku": "https://example.com/jwks"}),
    "a forger's certificate by address": _own_key(lambda public: {"x5u": "https://example.com/c"}),
    "a forger's kid": _own_key(lambda public: {"kid": "of-a-forger"}),
    "expired": _own_key(exp=int(time.time()) - _HOUR),
    "of another issuer": _own_key(iss="https://example.com"),
    "for another audience": _own_key(aud="another"),
    "without an end": _own_key(exp=None),
    "kid as a path": _kid("../../../dev/null"),
    "kid as SQL": _kid("' OR 1=1--"),
    "kid no text": _kid(["x"]),
    "kid as a number": _kid(1),
    "no kid": _kid(None),
}
