"""One scene for all, on the stack that the end-to-end tests speak to."""

import pytest
from e2e.client import sign_in
from e2e.conftest import ADMINISTRATOR

from authorization.scene import Scene


@pytest.fixture(scope="package")
def scene(boxoffice_url: str) -> Scene:
    return Scene.set_up(boxoffice_url, sign_in(boxoffice_url, *ADMINISTRATOR))
