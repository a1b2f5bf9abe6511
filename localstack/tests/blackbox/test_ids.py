"""An id that nothing can have is refused where it stands, and never leads anywhere else."""

import pytest

from blackbox.caller import Caller, gave, refused
from blackbox.hostile import HOSTILE_TEXTS, LONG_IDS, NOWHERE, TEXT_IDS
from blackbox.show import Show

# Opaque ids: whatever is no id of anything is absent.
OPAQUE = [
    ("GET", "/v1/orders/{}"),
    ("GET", "/v1/orders/{}/tickets"),
    ("POST", "/v1/orders/{}/cancel"),
    ("GET", "/v1/seats/reservations/{}"),
    ("GET", "/v1/tickets/{}"),
    ("GET", "/v1/tickets/{}/qr.svg"),
    ("GET", "/v1/payments/{}"),
]
# Integer ids: whatever is no positive integer is a fault of the request.
INTEGER = [
    ("GET", "/v1/users/{}"),
    ("DELETE", "/v1/users/{}"),
    ("GET", "/v1/venues/{}"),
    ("GET", "/v1/events/{}"),
]


@pytest.mark.parametrize("name", TEXT_IDS)
def test_a_hostile_text_is_no_opaque_id(customer: Caller, name: str) -> None:
    for method, path in OPAQUE:
        refused(customer.ask(method, path.format(TEXT_IDS[name])), 404, "not-found")


@pytest.mark.parametrize("name", TEXT_IDS)
def test_a_hostile_text_is_no_integer_id(customer: Caller, name: str) -> None:
    for method, path in INTEGER:
        problem = refused(
            customer.ask(method, path.format(TEXT_IDS[name])), 422, "validation-failed"
        )
        assert len(problem["errors"]) == 1


@pytest.mark.parametrize("name", NOWHERE)
def test_a_path_with_no_id_in_it_leads_nowhere(customer: Caller, name: str) -> None:
    for method, path in OPAQUE + INTEGER:
        answer = customer.ask(method, path.format(NOWHERE[name]))
        refused(answer, 404, "not-found")
        assert "x-injected" not in answer.headers


@pytest.mark.parametrize("name", LONG_IDS)
def test_an_endless_id_is_not_looked_up(customer: Caller, name: str) -> None:
    for method, path in OPAQUE + INTEGER:
        refused(customer.ask(method, path.format(LONG_IDS[name])), 422, "validation-failed")


@pytest.mark.parametrize("name", HOSTILE_TEXTS)
def test_a_hostile_text_that_is_looked_for_is_not_found(
    anybody: Caller, administrator: Caller, show: Show, name: str
) -> None:
    text = HOSTILE_TEXTS[name]
    for parameter in ("city", "event_type", "q"):
        found = gave(anybody.get("/v1/events/search", **{parameter: text}))
        assert found == {"items": [], "nextCursor": None}
    assert gave(administrator.get("/v1/users", search=text))["items"] == []
    refused(anybody.get("/v1/seats", eventId=show.event_id, section=text), 404, "not-found")


@pytest.mark.parametrize("path", ["/v1/nothing", "/", "/v1", "/v1/", "/v2/events", "/v1/users/1/x"])
def test_nothing_is_served_where_nothing_is(customer: Caller, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        refused(customer.ask(method, path), 404, "not-found")
