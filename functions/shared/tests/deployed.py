"""A handler's module as Lambda loads it, and its HTTP API as a client sees it."""

import importlib.util
import json
import sys
import time
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NamedTuple
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from functions.shared import aws
from functions.shared.problems import CONTENT_TYPE
from functions.shared.tests.gateway import FakeContext, request
from functions.shared.tests.rights import WatchedClient
from functions.shared.tokens import ALGORITHM, AUDIENCE, Role, TokenVerifier, key_id

ISSUER = "https://boxoffice.example"


def load(name: str, environment: Mapping[str, str]) -> ModuleType:
    """A copy of the module of its own, imported with these variables: nobody else sees either.

    What it does to a table is held to what its function may do (rights.py).
    """
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    original = sys.modules.get(name)
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in environment.items():
            patch.setenv(variable, value)
        patch.setattr(aws, "dynamodb", _watched(aws.dynamodb, name))
        # Models look their annotations up in the module that is registered under their name.
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        finally:
            del sys.modules[name]
            if original is not None:
                sys.modules[name] = original
    return module


def _watched(make: Callable[..., Any], name: str) -> Callable[..., Any]:
    return lambda *given, **named: WatchedClient(make(*given, **named), name)


class Answer(NamedTuple):
    status: int
    body: Any
    headers: dict[str, str]

    def problem(self, status: int, code: str) -> dict[str, Any]:
        """The problem document, if it is this one."""
        assert (self.status, self.headers["Content-Type"]) == (status, CONTENT_TYPE), self.body
        assert (self.body["status"], self.body["code"]) == (status, code)
        assert self.body["type"] == f"/problems/{code}"
        document: dict[str, Any] = self.body
        return document

    def faults(self) -> set[str]:
        """Where a request was not valid, as JSON pointers."""
        return {error["pointer"] for error in self.problem(422, "validation-failed")["errors"]}


class Client:
    """Calls a module's `handler` as API Gateway does."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def __call__(self, method: str, path: str, body: Any = None, **sent: Any) -> Answer:
        """`sent` is what `gateway.request` takes beside: query, token, headers, raw."""
        reply = self.module.handler(request(method, path, body, **sent), FakeContext())
        headers = {name: values[0] for name, values in reply["multiValueHeaders"].items()}
        return Answer(
            reply["statusCode"], json.loads(reply["body"]) if reply["body"] else None, headers
        )


class LocalIssuer:
    """Issues access tokens by a key of its own, for tests that are not about KMS."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        public_key = self._key.public_key()
        der = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self._kid = key_id(der)
        self.public_keys = {self._kid: public_key}
        self.verifier = TokenVerifier(ISSUER, lambda: self.public_keys)

    def token(self, user_id: int, role: Role = Role.CUSTOMER) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "role": role,
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + 900,
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"kid": self._kid})
