"""No body decides what is not its sender's to decide: what a field may not say is refused."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from e2e.client import ok, problem

from authorization.matrix import ADMIN, IN, MATRIX, ORGANIZER, Role, Route
from authorization.requests import REQUESTS
from authorization.scene import Scene
from authorization.test_matrix import DECLARED
from infra.openapi import DOCUMENT as FILE

# What others decide: the administrator, the organizer, the price, the clock.
NOT_THEIRS: Final = {
    "role": "ADMIN",
    "status": "ACTIVE",
    "isAdmin": True,
    "id": 1,
    "userId": 1,
    "organizerId": 1,
    "priceCents": 1,
    "totalCents": 1,
    "expiresAt": "2099-01-01T00:00:00Z",
}
# Where API.md names such a field, and who may send it: an administrator, an organizer, and for
# `userId` whoever it is.
NAMED: Final = {
    (Route("PATCH", "/v1/users/<user_id>/role"), "role"),
    (Route("PATCH", "/v1/users/<user_id>/status"), "status"),
    (Route("POST", "/v1/events"), "status"),
    (Route("PATCH", "/v1/events/<event_id>"), "status"),
    (Route("POST", "/v1/seats/reserve"), "userId"),
    (Route("POST", "/v1/orders"), "userId"),
}
# Another system's body, signed by it and read by its own rules.
FOREIGN: Final = Route("POST", "/v1/payments/webhook/<provider>")
# A seating plan as another program wrote it, and prices by the names of its categories: nothing of
# them is taken but what is read one by one.
OPEN: Final = {"/plan", "/pricesCents"}

DOCUMENT: Final = json.loads(FILE.read_text("utf-8"))


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _bodies() -> Iterator[tuple[Route, Any]]:
    """The schema of each body that a route takes."""
    for route in MATRIX:
        path = DOCUMENT["paths"].get(route.path.replace("<", "{").replace(">", "}"), {})
        body = path.get(route.method.lower(), {}).get("requestBody")
        if body is not None and route != FOREIGN:
            yield route, body["content"]["application/json"]["schema"]


BODIES: Final = dict(_bodies())
CASES = [
    pytest.param(route, spelled, value, id=f"{route} {spelled}")
    for route in BODIES
    for field, value in NOT_THEIRS.items()
    if (route, field) not in NAMED
    for spelled in dict.fromkeys((field, _snake(field)))
]


def test_every_body_that_is_taken_is_tried() -> None:
    with_body = {route for route, asked in REQUESTS.items() if asked.body is not None}
    assert with_body - {FOREIGN} == set(BODIES)


@pytest.mark.parametrize("route", BODIES, ids=str)
def test_no_object_of_a_body_is_open(route: Route) -> None:
    """At any depth."""
    for path, schema in _objects(BODIES[route], ""):
        assert path in OPEN or schema.get("additionalProperties") is False, (path, schema)


@pytest.mark.usefixtures("_nothing_changes")
@pytest.mark.parametrize(("route", "field", "value"), CASES)
def test_a_field_that_is_not_theirs_is_refused_by_its_name(
    scene: Scene, route: Route, field: str, value: object
) -> None:
    asked = REQUESTS[route]
    answer = scene.ask(
        _sender(route), route, asked._replace(body=(asked.body or {}) | {field: value})
    )
    refused = problem(answer, 422, "validation-failed")
    assert f"/{field}" in {fault["pointer"] for fault in refused["errors"]}


@pytest.mark.usefixtures("_nothing_changes")
@pytest.mark.parametrize("path", ["/v1/seats/reserve", "/v1/orders"])
@pytest.mark.parametrize("role", [Role.STRANGER, Role.RIVAL])
@pytest.mark.parametrize("spelled", ["userId", "user_id"])
def test_nobody_holds_or_buys_in_anothers_name(
    scene: Scene, path: str, role: Role, spelled: str
) -> None:
    body = {
        "eventId": scene.things["event_id"],
        "seatIds": [12],
        spelled: scene.things["user_id"],
    }
    answer = scene.callers[role].post(path, body, key=f"{role}-{spelled}-{path}")
    problem(answer, 403, "forbidden")
    seat = ok(scene.callers[role].get("/v1/seats/12", eventId=scene.things["event_id"]))
    assert seat["status"] == "AVAILABLE"


@pytest.fixture(scope="module")
def _nothing_changes(scene: Scene) -> Iterator[None]:
    """Of all that was refused here, nothing was done."""
    before = _state(scene)
    yield
    assert _state(scene) == before


def _state(scene: Scene) -> list[Any]:
    """Whatever the fields above would change: accounts, event, seats, order and money."""
    things, admin = scene.things, scene.callers[Role.ADMIN]
    accounts = (caller.user_id for caller in scene.callers.values() if caller.user_id)
    paths = [
        *(f"/v1/users/{user_id}" for user_id in accounts),
        f"/v1/venues/{things['venue_id']}",
        f"/v1/events/{things['event_id']}",
        f"/v1/seats?eventId={things['event_id']}",
        f"/v1/orders?eventId={things['event_id']}",
        f"/v1/orders/{things['order_id']}",
        f"/v1/payments/{things['payment_id']}",
        f"/v1/seats/reservations/{things['reservation_id']}",
    ]
    return [ok(admin.get(path)) for path in paths]


def _sender(route: Route) -> Role:
    """The least of those who are let in, so that the field is all that can be wrong."""
    by_access = {ADMIN: Role.ADMIN, ORGANIZER: Role.ORGANIZER}
    role = by_access.get(DECLARED[route], Role.CUSTOMER)
    assert MATRIX[route][role] == IN
    return role


def _objects(schema: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object's schema within one, with the names that lead to it."""
    if isinstance(schema, list):
        for each in schema:
            yield from _objects(each, path)
        return
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from _objects(DOCUMENT["components"]["schemas"][name], path)
        return
    if schema.get("type") == "object":
        yield path, schema
    for name, each in schema.get("properties", {}).items():
        yield from _objects(each, f"{path}/{name}")
    for word in ("items", "anyOf", "oneOf", "allOf", "prefixItems"):
        yield from _objects(schema.get(word), path)
