"""One whole stack for all tests that ask for it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from differences import leave_out
from embedded.postgres_home import remove_home
from embedded.processes import stop
from embedded.settings import Settings
from embedded.stack import METER_FOLDER, RunningStack, running_stack
from launched import Launch, Run
from own_stacks import hand_on, own_stack

URL, RUNNING = "BOXOFFICE_URL", "BOXOFFICE_TEST_STATE_DIR"
RESERVATION_SECONDS = 3
PAYMENT_SECONDS = 6


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    leave_out(items)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A running stack as `make up` starts it, but for demo data.

    BOXOFFICE_TEST_STATE_DIR names the state folder of one that runs already, to use it instead;
    of one that BOXOFFICE_URL names nothing is known that is not served there.
    """
    running = os.environ.get(RUNNING)
    if running:
        yield RunningStack.of(Path(running))
        return
    _skip_if_another_is_asked()
    state = tmp_path_factory.mktemp("stack")
    # Counts only while a test asks for it.
    settings = Settings(port=0, state=state, with_demo=False, meter=state / METER_FOLDER)
    with running_stack(settings) as started:
        yield started
    remove_home(settings.state / "postgres")


@pytest.fixture(scope="module")
def hasty_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A running stack whose customers have hardly any time to order and to pay."""
    _skip_if_another_is_asked()
    settings = Settings(
        port=0,
        state=tmp_path_factory.mktemp("hasty"),
        with_demo=False,
        reservation_seconds=RESERVATION_SECONDS,
        payment_seconds=PAYMENT_SECONDS,
    )
    with own_stack(settings) as started:
        yield started


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder for one test, not there yet."""
    folder = tmp_path / "state"
    yield folder
    hand_on(Settings(state=folder))


@pytest.fixture
def launch(state: Path, tmp_path: Path) -> Iterator[Launch]:
    """`launch(BOXOFFICE_DEMO="0")` is a launcher on that folder; in the end, none is left."""
    runs: list[Run] = []

    def start(folder: Path = state, **environment: str) -> Run:
        runs.append(Run(folder, tmp_path / f"log-{len(runs)}", **environment))
        return runs[-1]

    yield start
    for run in runs:
        stop(run.process)
        for process in run.running():
            process.kill()


@pytest.fixture(scope="session")
def boxoffice_url(request: pytest.FixtureRequest) -> str:
    """Where a stack's API is served. BOXOFFICE_URL names that of one that runs already."""
    named = os.environ.get(URL)
    return named or str(request.getfixturevalue("stack").url)


def _skip_if_another_is_asked() -> None:
    """A test that looks behind the URL, or wants other windows, must not pass for one by URL."""
    if os.environ.get(URL) or os.environ.get(RUNNING):
        pytest.skip("This needs a stack of its own, and another one is asked.")
