"""The matrix is whole, and is what the code declares. Needs nothing that runs."""

from collections import Counter

from authorization.matrix import IN, MATRIX, ORGANIZER, PUBLIC, REFUSED, Role, Route
from authorization.requests import REQUESTS
from infra.openapi import load_apis

DECLARED = {
    Route(method, path): declaration.admission.access.value
    for api in load_apis().values()
    for (method, path), declaration in api.declarations.items()
}


def test_every_route_that_is_served_has_declared_who_may_call_it() -> None:
    """Whatever the resolver routes went through `Api.route`, which takes no route without it."""
    for tag, api in load_apis().items():
        served = Counter((route.method, route.path) for route in api.resolver.routes)
        assert served == Counter(api.declarations.keys()), tag


def test_every_route_has_a_row_and_no_row_is_of_none() -> None:
    assert set(MATRIX) == set(DECLARED)
    assert set(REQUESTS) == set(MATRIX)


def test_each_row_is_what_the_code_declares_of_the_role() -> None:
    """What a role may not do at all is a 401 or 403; only ownership may be a refusal beside."""
    for route, row in MATRIX.items():
        refused = REFUSED[DECLARED[route]]
        for role, expected in row.items():
            if role in refused:
                assert expected == refused[role], (route, role)
            else:
                assert expected in (IN, 403, 404), (route, role)


def test_no_public_route_refuses_anybody_and_none_but_the_public_lets_nobody_in() -> None:
    for route, row in MATRIX.items():
        is_public = DECLARED[route] == PUBLIC
        assert (row[Role.NOBODY] == IN) is is_public, route
        assert not is_public or set(row.values()) == {IN}, route


def test_no_organizer_is_let_in_to_anothers_event() -> None:
    """But for what all organizers share: venues, and making an event."""
    shared = {
        *(Route(method, "/v1/venues/<venue_id>") for method in ("PUT", "DELETE")),
        *(Route("POST", f"/v1/{things}") for things in ("venues", "events")),
        Route("GET", "/v1/payments/report"),
    }
    let_in = {
        route
        for route, row in MATRIX.items()
        if DECLARED[route] == ORGANIZER and row[Role.RIVAL] == IN
    }
    assert let_in == shared


def test_whatever_a_stranger_may_not_have_its_owner_may() -> None:
    for route, row in MATRIX.items():
        if row[Role.STRANGER] == 404:
            assert row[Role.CUSTOMER] == IN, route
