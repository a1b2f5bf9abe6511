"""The data sets the importer is tested with, and an API for it to speak to."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from embedded.config import REPOSITORY

from importer.fake_api import FakeApi, serving

REAL_DATA = REPOSITORY.parent / "shared" / "data" / "etsr"


@pytest.fixture
def etsr() -> Path:
    """A data set of a few rows a file, with every contradiction and every reason for a refusal."""
    return Path(__file__).parent / "etsr"


@pytest.fixture
def own_etsr(etsr: Path, tmp_path: Path) -> Path:
    """A copy of it to spoil."""
    return shutil.copytree(etsr, tmp_path / "etsr")


@pytest.fixture
def real_etsr() -> Path:
    """The whole data set, which is not part of the repository."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"the ETSR data set is not at {REAL_DATA}")
    return REAL_DATA


@pytest.fixture
def fake() -> Iterator[FakeApi]:
    """An empty system on a loopback socket."""
    with serving(FakeApi()) as api:
        yield api
