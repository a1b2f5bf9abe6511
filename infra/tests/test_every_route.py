"""What is promised of every call alike: who may, what is refused, and what when all is down.

Each is asked with the example that the OpenAPI document gives; the modules are the deployed ones,
their database and their AWS are not there.
"""

import json
from collections.abc import Iterator
from functools import cache, wraps
from http import HTTPStatus
from typing import Any, NamedTuple

import pytest

from functions.shared.admission import BODY_METHODS, Access
from functions.shared.api import Api
from functions.shared.documented import Declaration
from functions.shared.tests.deployed import Answer, Client, LocalIssuer, load
from functions.shared.tokens import Role
from infra.openapi import DOCUMENT, MODULES, SETTINGS

SPEC: dict[str, Any] = json.loads(DOCUMENT.read_text("utf-8"))
ISSUER = LocalIssuer()
# Nothing listens there.
NOWHERE = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_MAX_ATTEMPTS": "1",
    "DATABASE_HOST": "127.0.0.1",
    "DATABASE_PORT": "9",
}


# The example is made up, which is found out before anything is asked of anybody.
REFUSED_BEFORE = {"/v1/tickets/verify": 422}


class Call(NamedTuple):
    """One call of the document, with a request that is as it should be."""

    tag: str
    method: str
    path: str
    sent: dict[str, Any]

    @property
    def api(self) -> Api:
        found: Api = module(self.tag).api
        return found

    @property
    def declared(self) -> Declaration:
        return self.api.declarations[self.method, self.path.replace("{", "<").replace("}", ">")]

    def ask(self, **changed: Any) -> Answer:
        """The answer to the request, so changed; as an administrator, if nothing else is said."""
        sent = {"token": ISSUER.token(1, Role.ADMIN), **self.sent, **changed}
        values = {parameter["name"]: parameter for parameter in self._parameters("path")}
        ids = {name: each["example"] for name, each in values.items()} | sent.pop("ids", {})
        path = self.path.format(**ids)
        client = Client(module(self.tag))
        return client(self.method, path, sent.pop("body", None), **sent)

    def _parameters(self, place: str) -> list[dict[str, Any]]:
        operation = SPEC["paths"][self.path][self.method.lower()]
        return [each for each in operation.get("parameters", ()) if each["in"] == place]


@cache
def module(tag: str) -> Any:
    loaded = load(MODULES[tag], SETTINGS | NOWHERE)
    if hasattr(loaded, "tokens") or loaded.api._tokens is not None:
        loaded.api._tokens = ISSUER.verifier
    return loaded


def calls() -> Iterator[Call]:
    for path, operations in SPEC["paths"].items():
        for method, operation in operations.items():
            parameters = operation.get("parameters", ())
            examples = {
                place: {
                    each["name"]: each["example"]
                    for each in parameters
                    if "example" in each and each["in"] == place
                }
                for place in ("query", "header")
            }
            sent: dict[str, Any] = {"query": examples["query"], "headers": examples["header"]}
            if "requestBody" in operation:
                sent["body"] = operation["requestBody"]["content"]["application/json"]["example"]
            yield Call(operation["tags"][0], method.upper(), path, sent)


CALLS = list(calls())
NAMES = [f"{call.method} {call.path}" for call in CALLS]
each_call = pytest.mark.parametrize("call", CALLS, ids=NAMES)


@each_call
def test_who_is_not_signed_in_is_a_401_that_says_how(call: Call) -> None:
    if call.declared.admission.access is Access.PUBLIC:
        pytest.skip("public")
    for token in (None, "forged", ISSUER.token(1)[:-2]):
        answer = call.ask(token=token)
        answer.problem(401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@each_call
def test_another_role_is_a_403(call: Call) -> None:
    access = call.declared.admission.access
    others = {
        Access.PUBLIC: [],
        Access.SIGNED_IN: [],
        Access.ORGANIZER: [Role.CUSTOMER],
        Access.ADMIN: [Role.CUSTOMER, Role.EVENT_ORGANIZER],
    }[access]
    for role in others:
        call.ask(token=ISSUER.token(1, role)).problem(403, "forbidden")


@each_call
def test_a_body_that_cannot_be_read_is_refused(call: Call) -> None:
    declared = call.declared.admission
    if call.method not in BODY_METHODS:
        call.ask(raw="{}").problem(400, "malformed-request")
        return
    too_large = '"' + "x" * declared.max_body_bytes + '"'
    call.ask(body=None, raw=too_large).problem(413, "payload-too-large")
    typed = {"headers": {**call.sent["headers"], "Content-Type": "text/plain"}}
    call.ask(body=None, raw="{}", **typed).problem(415, "unsupported-media-type")
    if not declared.is_foreign:
        call.ask(body=None, raw='{"a": 1, "a": 1}').problem(400, "malformed-request")


@each_call
def test_what_is_not_asked_for_is_a_422(call: Call) -> None:
    if call.declared.admission.is_foreign:
        pytest.skip("the body and the query are another system's")
    assert call.ask(query={**call.sent["query"], "unheardOf": "1"}).faults() == {"/unheardOf"}
    if "body" in call.sent:
        faults = call.ask(body={**call.sent["body"], "unheardOf": 1}).faults()
        assert faults == {"/unheardOf"}


@each_call
def test_an_id_that_none_of_ours_could_be_is_a_422(call: Call) -> None:
    names = [
        each["name"]
        for each in SPEC["paths"][call.path][call.method.lower()].get("parameters", ())
        if each["in"] == "path"
    ]
    for name in names:
        for wrong in ("9" * 10_000, "a" * 10_000):
            assert call.ask(ids={name: wrong}).faults() == {f"/{name}"}


@each_call
def test_a_fault_of_ours_is_a_500_that_leaks_nothing(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = call.path.replace("{", "<").replace("}", ">")
    [route] = [
        route
        for route in call.api.resolver.routes
        if (route.method, route.path) == (call.method, path)
    ]

    @wraps(route.func)
    def fail(*_: Any, **__: Any) -> None:
        raise KeyError("a secret")

    for name, value in (("func", fail), ("_middleware_stack", fail)):
        monkeypatch.setattr(route, name, value)
    monkeypatch.setattr(route, "_middleware_stack_built", False)
    answer = call.ask()
    answer.problem(500, "internal-error")
    assert "secret" not in json.dumps(answer.body)


@pytest.mark.usefixtures("without_pauses")
@each_call
def test_when_all_is_down_it_is_a_503_that_says_when_to_ask_again(call: Call) -> None:
    answer = call.ask()
    needs_something = HTTPStatus.SERVICE_UNAVAILABLE in {
        problem.status for problem in call.declared.problems
    }
    if not needs_something:
        assert answer.status == 200, answer.body
        return
    if call.path in REFUSED_BEFORE:
        assert answer.status == REFUSED_BEFORE[call.path]
        return
    answer.problem(503, "service-unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
