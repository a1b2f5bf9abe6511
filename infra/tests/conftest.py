"""Each environment is synthesized once for all tests, and without third-party packages."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.tests.assembly import Assembly

# jsii runs on the virtual environment's node; the machine's own may be too old, or not there.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

# Odd ones, so that a window that is not passed on shows.
LOCAL = {"databasePort": "15432", "reservationSeconds": "77", "paymentSeconds": "42"}
CONTEXTS: Mapping[str, Mapping[str, str]] = {
    "local": LOCAL,
    "staging": {"vendored": "false"},
    "production": {"vendored": "false"},
}


@pytest.fixture(scope="session")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Assembly]:
    from infra.app import build, new_app

    made = {}
    for name, context in CONTEXTS.items():
        folder = tmp_path_factory.mktemp(name)
        app = new_app({"environment": name, **context}, str(folder))
        build(app)
        app.synth()
        made[name] = Assembly(name, folder)
    return made


@pytest.fixture(params=CONTEXTS)
def assembly(request: pytest.FixtureRequest, assemblies: dict[str, Assembly]) -> Assembly:
    """The templates of one environment; a test that asks for it is run for each."""
    return assemblies[request.param]


@pytest.fixture
def local(assemblies: dict[str, Assembly]) -> Assembly:
    return assemblies["local"]
