"""Each route is for whom API.md marks it, decided before anything of the request is read."""

from typing import Any

import pytest

from blackbox.caller import Caller, refused
from blackbox.routes import ACCESS, ADMIN, ORGANIZER, PROTECTED, PUBLIC, filled, operations

Route = tuple[str, str]
FOR_ORGANIZERS = [route for route, access in PROTECTED.items() if access in (ORGANIZER, ADMIN)]
FOR_ADMINISTRATORS = [route for route, access in PROTECTED.items() if access == ADMIN]


def name(route: Route) -> str:
    return " ".join(route)


@pytest.mark.parametrize("route", PROTECTED, ids=name)
def test_nobody_gets_in_without_signing_in(anybody: Caller, route: Route) -> None:
    method, path = route
    refused(anybody.ask(method, filled(path)), 401, "unauthenticated")


@pytest.mark.parametrize("route", FOR_ORGANIZERS, ids=name)
def test_a_customer_is_no_organizer(customer: Caller, route: Route) -> None:
    method, path = route
    refused(customer.ask(method, filled(path)), 403, "forbidden")


@pytest.mark.parametrize("route", FOR_ADMINISTRATORS, ids=name)
def test_an_organizer_is_no_administrator(organizer: Caller, route: Route) -> None:
    method, path = route
    refused(organizer.ask(method, filled(path)), 403, "forbidden")


def test_nobody_raises_himself(customer: Caller, organizer: Caller) -> None:
    for caller in (customer, organizer):
        own = f"/v1/users/{caller.user_id}"
        for path, body in [("role", {"role": "ADMIN"}), ("status", {"status": "ACTIVE"})]:
            refused(caller.ask("PATCH", f"{own}/{path}", body), 403, "forbidden")


def test_every_served_route_guards_itself_as_it_says(
    anybody: Caller, customer: Caller, document: dict[str, Any]
) -> None:
    """Also those that API.md does not list."""
    for (method, path), operation in operations(document).items():
        access = operation["x-access"]
        assert access == ACCESS.get((method, path), access), f"{method} {path}"
        if access != PUBLIC:
            refused(anybody.ask(method, filled(path)), 401, "unauthenticated")
        if access in (ORGANIZER, ADMIN):
            refused(customer.ask(method, filled(path)), 403, "forbidden")


def test_every_route_of_the_contract_is_served(document: dict[str, Any]) -> None:
    assert set(ACCESS) - set(operations(document)) == set()
