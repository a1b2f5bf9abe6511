"""The stacks that the end-to-end tests speak to."""

import pytest

from e2e.client import Client, sign_in

ADMINISTRATOR = ("admin", "admin-local-only")


@pytest.fixture(scope="session")
def url(boxoffice_url: str) -> str:
    return boxoffice_url


@pytest.fixture(scope="session")
def organizer(url: str) -> Client:
    return sign_in(url, *ADMINISTRATOR)
