"""The people and things that the black box is asked about, over HTTP and nothing else.

They end with this folder's last test: their tokens are good for 15 minutes, a whole run is longer.
"""

import os
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import httpx
import pytest

from blackbox.accounts import Accounts, sign_in
from blackbox.caller import Caller, gave
from blackbox.contract import Contract
from blackbox.show import Booking, Show, put_on, sell

ADMINISTRATOR, PASSWORD = "BOXOFFICE_ADMIN", "BOXOFFICE_ADMIN_PASSWORD"
# Of local stacks only (API.md, "The local loop").
LOCAL_ADMINISTRATOR = ("admin", "admin-local-only")


@pytest.fixture(scope="package")
def connections(boxoffice_url: str) -> Iterator[httpx.Client]:
    """Of all callers. In the end each answer must be one that the served contract tells of."""
    with httpx.Client(base_url=boxoffice_url, timeout=40) as client:
        yield client
        contract = Contract(client.get("/openapi.json").json())
    undocumented = sorted(str(seen) for seen in Caller.seen if not contract.allows(seen))
    assert not undocumented, "not in /openapi.json:\n" + "\n".join(undocumented)


@pytest.fixture(scope="package")
def anybody(connections: httpx.Client) -> Caller:
    """Somebody who has not signed in."""
    return Caller(connections)


@pytest.fixture(scope="package")
def administrator(connections: httpx.Client) -> Caller:
    named = os.environ.get(ADMINISTRATOR), os.environ.get(PASSWORD)
    if named == (None, None):
        if not _is_local(connections.base_url.host):
            pytest.skip(f"{ADMINISTRATOR} and {PASSWORD} name no administrator of this deployment")
        named = LOCAL_ADMINISTRATOR
    name, password = named
    assert name, f"{ADMINISTRATOR} is not set"
    assert password, f"{PASSWORD} is not set"
    session = sign_in(connections, name, password)
    return Caller(connections, session["token"], session["user"]["id"], name)


def _is_local(host: str) -> bool:
    return host == "localhost" or (host[0].isdigit() and ip_address(host).is_loopback)


@pytest.fixture(scope="package")
def accounts(connections: httpx.Client) -> Iterator[Accounts]:
    made = Accounts(connections)
    yield made
    made.remove()


@pytest.fixture(scope="package")
def customer(accounts: Accounts) -> Caller:
    """Somebody to whom things belong."""
    return accounts.register()


@pytest.fixture(scope="package")
def stranger(accounts: Accounts) -> Caller:
    """Somebody else, to whom none of them belong."""
    return accounts.register("stranger")


@pytest.fixture(scope="package")
def organizer(accounts: Accounts, administrator: Caller) -> Caller:
    return accounts.organizer(administrator)


@pytest.fixture(scope="package")
def rival(accounts: Accounts, administrator: Caller) -> Caller:
    """Another organizer, of no event."""
    return accounts.organizer(administrator, "rival")


@pytest.fixture(scope="package")
def show(organizer: Caller) -> Iterator[Show]:
    """An event on sale, of `organizer`; its sales close in the end."""
    made = put_on(organizer)
    yield made
    gave(organizer.ask("PATCH", f"/v1/events/{made.event_id}", {"status": "SOLD_OUT"}))


@pytest.fixture(scope="package")
def booking(organizer: Caller, customer: Caller, show: Show) -> Booking:
    """What `customer` bought."""
    return sell(organizer, customer, show, seat_id=1)


@pytest.fixture(scope="package")
def reservation(customer: Caller, booking: Booking, show: Show) -> Iterator[dict[str, Any]]:
    """What `customer` holds, after having bought something."""
    held = customer.reserve(show.event_id)
    yield held
    customer.post("/v1/seats/release", {"reservationId": held["reservationId"]})


@pytest.fixture(scope="package")
def document(anybody: Caller) -> dict[str, Any]:
    """The OpenAPI document that the deployment serves."""
    served: dict[str, Any] = gave(anybody.get("/openapi.json"))
    return served
