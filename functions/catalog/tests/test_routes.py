"""Each route is open to whom the contract says, and refuses alike what all routes refuse."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from embedded.config import free_port

from functions.catalog.tests.conftest import SOON, wire
from functions.shared.tests.deployed import Answer, Client

PUBLIC, ORGANIZER = "public", "organizer"
VENUE = {"name": "Town Hall", "city": "Pune", "capacity": 392}
EVENT = {
    "venueId": 1,
    "title": "Night of Ragas",
    "eventType": "Concert",
    "eventDate": wire(SOON),
    "basePriceCents": 68328,
}
# Method, path, access, and a body it would take.
ROUTES: list[tuple[str, str, str, Any]] = [
    ("GET", "/v1/venues", PUBLIC, None),
    ("GET", "/v1/venues/<venue_id>", PUBLIC, None),
    ("POST", "/v1/venues", ORGANIZER, VENUE),
    ("PUT", "/v1/venues/<venue_id>", ORGANIZER, VENUE),
    ("DELETE", "/v1/venues/<venue_id>", ORGANIZER, None),
    ("GET", "/v1/events", PUBLIC, None),
    ("GET", "/v1/events/search", PUBLIC, None),
    ("GET", "/v1/events/<event_id>", PUBLIC, None),
    ("POST", "/v1/events", ORGANIZER, EVENT),
    ("PATCH", "/v1/events/<event_id>", ORGANIZER, {"title": "New"}),
    ("POST", "/v1/events/<event_id>/cancel", ORGANIZER, {"reason": "Rain"}),
    ("GET", "/v1/events/<event_id>/cancellation", ORGANIZER, None),
    ("GET", "/health/catalog", PUBLIC, None),
]
PROTECTED = [(method, path, body) for method, path, access, body in ROUTES if access != PUBLIC]


def concrete(path: str) -> str:
    return path.replace("<venue_id>", "1").replace("<event_id>", "1")


def test_there_are_these_routes_and_no_others(catalog_api: ModuleType) -> None:
    declared = {
        (route.method, route.path, route.openapi_extensions["x-access"])
        for route in catalog_api.api.resolver.routes
    }
    assert declared == {(method, path, access) for method, path, access, _ in ROUTES}


@pytest.mark.parametrize(("method", "path", "body"), PROTECTED)
def test_only_organizers_write(
    client: Client, customer: str, method: str, path: str, body: Any
) -> None:
    unknown = client(method, concrete(path), body)
    unknown.problem(401, "unauthenticated")
    assert unknown.headers["WWW-Authenticate"].startswith("Bearer ")
    client(method, concrete(path), body, token=customer).problem(403, "forbidden")


@pytest.mark.parametrize(
    ("method", "path"), [(method, path) for method, path, body in PROTECTED if body is not None]
)
def test_a_body_is_a_small_json_document_of_known_fields(
    client: Client, organizer: str, method: str, path: str
) -> None:
    def send(raw: str, media_type: str = "application/json") -> Answer:
        headers = {"Content-Type": media_type}
        return client(method, concrete(path), raw=raw, headers=headers, token=organizer)

    send("{").problem(400, "malformed-request")
    send(" " * 64 * 1024 + "{}").problem(413, "payload-too-large")
    send("{}", "text/plain").problem(415, "unsupported-media-type")
    assert "/unheardOf" in send('{"unheardOf": 1}').faults()


@pytest.mark.parametrize("thing", ["venues", "events"])
@pytest.mark.parametrize("thing_id", ["0", "2147483648", "first"])
def test_an_id_is_a_positive_integer(client: Client, thing: str, thing_id: str) -> None:
    pointer = "/venue_id" if thing == "venues" else "/event_id"
    assert client("GET", f"/v1/{thing}/{thing_id}").faults() == {pointer}


def test_another_method_is_told_which_there_are(client: Client) -> None:
    answer = client("DELETE", "/v1/events/1")
    answer.problem(405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET, HEAD, PATCH, OPTIONS"


def test_health_reads_the_database(client: Client) -> None:
    answer = client("GET", "/health/catalog")
    assert (answer.status, answer.body) == (200, {"status": "ok"})


@pytest.fixture(scope="module")
def without_database(deploy: Callable[..., ModuleType]) -> Client:
    return Client(deploy(DATABASE_PORT=str(free_port())))


@pytest.mark.parametrize(
    ("method", "path", "body"), [(method, path, body) for method, path, _, body in ROUTES]
)
def test_without_its_database_every_route_asks_to_try_again(
    without_database: Client, organizer: str, method: str, path: str, body: Any
) -> None:
    answer = without_database(method, concrete(path), body, token=organizer)
    answer.problem(503, "service-unavailable")
    assert answer.headers["Retry-After"] == "1"
