"""Each environment is synthesized once for all tests, and without third-party packages."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from infra.tests.assembly import Assembly

# jsii runs on the virtual environment's node; the machine's own may be too old, or not there.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

# Odd ones, so that a window that is not passed on shows.
LOCAL = {
    "databasePort": "15432",
    "reservationSeconds": "77",
    "paymentSeconds": "42",
    "holdsCountedSeconds": "11",
}
CONTEXTS: Mapping[str, Mapping[str, str]] = {
    "local": LOCAL,
    "staging": {"vendored": "false"},
    "production": {"vendored": "false"},
}


class Assemblies(dict[str, Assembly]):
    """Each environment by its name, synthesized when it is first asked for."""

    def __init__(self, new_folder: Callable[[str], Path]) -> None:
        self._new_folder = new_folder

    def __missing__(self, name: str) -> Assembly:
        self[name] = self._synthesize(name, CONTEXTS[name])
        return self[name]

    def local_with(self, **context: str) -> Assembly:
        """The local one, told something else."""
        return self._synthesize("local", {**LOCAL, **context})

    def _synthesize(self, name: str, context: Mapping[str, str]) -> Assembly:
        from infra.app import build, new_app

        folder = self._new_folder(name)
        app = new_app({"environment": name, **context}, str(folder))
        build(app)
        app.synth()
        return Assembly(name, folder)


@pytest.fixture(scope="session")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> Assemblies:
    return Assemblies(tmp_path_factory.mktemp)


@pytest.fixture(params=CONTEXTS)
def assembly(request: pytest.FixtureRequest, assemblies: Assemblies) -> Assembly:
    """The templates of one environment; a test that asks for it is run for each."""
    return assemblies[request.param]


@pytest.fixture
def local(assemblies: Assemblies) -> Assembly:
    return assemblies["local"]


@pytest.fixture
def production(assemblies: Assemblies) -> Assembly:
    return assemblies["production"]
