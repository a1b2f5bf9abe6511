"""Real parts for every test: an embedded Postgres and an emulated AWS, started when first asked.

The address of the AWS is set before any test module is imported, because functions build their
clients at import. No test can reach a real account.
"""

import itertools
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any

import pytest
from embedded.config import CREDENTIALS, HOST, POSTGRES_DOMAINS, free_port
from embedded.databases import Database
from embedded.migrate import upgrade
from embedded.postgres import Postgres
from embedded.processes import await_answer, start_module, stop
from xdist.scheduler import LoadScopeScheduling

from functions.shared.tests.event_schemas import faults

pytest_plugins = ["functions.shared.tests.answers_seen", "functions.shared.tests.fields_read"]

_EMULATOR_PORT = free_port()
for _name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[_name]
os.environ.update(CREDENTIALS, AWS_ENDPOINT_URL=f"http://{HOST}:{_EMULATOR_PORT}")
# Read when our logger and metrics are imported, once for the whole run.
os.environ.update(POWERTOOLS_SERVICE_NAME="test", POWERTOOLS_METRICS_NAMESPACE="Boxoffice")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """An empty Postgres server for this run."""
    folder = tmp_path_factory.mktemp("postgres")
    server = Postgres(folder / "data", free_port(), folder / "postgres.log", durable=False)
    server.start()
    yield server
    server.stop()
    server.remove()


@pytest.fixture(scope="session")
def _templates() -> dict[str, str]:
    """For each domain, the name of a migrated database to copy from, made when first needed."""
    return {}


@pytest.fixture
def database(postgres: Postgres, _templates: dict[str, str]) -> Iterator[Callable[[str], Database]]:
    """`database("users")` is a fresh database with that domain's migrations applied."""
    made: list[str] = []

    def make(domain: str) -> Database:
        assert domain in POSTGRES_DOMAINS
        if domain not in _templates:
            template = postgres.ensure_database(f"{domain}_template", domain)
            upgrade(domain, template)
            _templates[domain] = template.name
        name = f"{domain}_{next(_serial)}"
        made.append(name)
        return postgres.ensure_database(name, domain, _templates[domain])

    yield make
    for name in made:
        postgres.drop_database(name)


_serial = itertools.count(1)


@pytest.fixture(scope="session")
def aws_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty emulated AWS, mended as in `make up`; also in AWS_ENDPOINT_URL."""
    log = tmp_path_factory.mktemp("emulator") / "emulator.log"
    process = start_module("embedded.emulator", ["--port", str(_EMULATOR_PORT)], log)
    endpoint = f"http://{HOST}:{_EMULATOR_PORT}"
    await_answer(f"{endpoint}/_ministack/health", process, 30, log)
    yield endpoint
    stop(process)


@pytest.fixture(scope="session")
def emulator(aws_endpoint: str) -> str:
    """The same as `aws_endpoint`."""
    return aws_endpoint


@pytest.fixture
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tries again does so at once, where nobody will ever answer."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)


@pytest.fixture(autouse=True)
def event_faults() -> Iterator[list[str]]:
    """Whatever a test has told must be what its schema says, even where nobody listened."""
    # Imported only now: it logs, and the logger reads the variables above.
    from functions.shared import events

    found: list[str] = []
    make_entry = events._entry

    def check(bus_name: str, event: "events.DomainEvent") -> object:
        entry = make_entry(bus_name, event)
        detail = json.loads(entry["Detail"])
        told = {"source": event.source, "detail-type": event.detail_type, "detail": detail}
        found.extend(faults(told))
        return entry

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "_entry", check)
        yield found
    assert found == [], "told, but not as events/schemas/ says"


# Whoever needs a stack mostly waits for it while it starts, and the tests of functions keep a
# processor busy: one beside the other. First the files with a stack of their own, the longest of
# them before the others; in the end two share a stack each, which keep both processors busy.
_OWN_STACKS = tuple(
    f"localstack/tests/{name}.py"
    for name in (
        *("e2e/test_kills", "test_restart", "e2e/test_event_cancellation", "e2e/test_expiry"),
        *("e2e/test_stripe", "test_fault_switch", "test_live", "e2e/test_readme"),
    )
)
# Folders whose tests share what is dear to make: a running stack takes half a minute, and so do the
# templates of every environment.
_SHARING = {
    PurePath("localstack/tests/e2e"): "sell",
    PurePath("localstack/tests/authorization"): "ask",
    PurePath("localstack/tests/blackbox"): "ask",
    PurePath("localstack/tests/contract"): "ask",
    PurePath("infra/tests"): "templates",
}
_STACKS = ("sell", "ask", "localstack/")
_ORDER = ("functions/", "templates", "statemachines/", *_OWN_STACKS, *_STACKS)


def _scope(nodeid: str) -> str:
    """Tests of one scope run one after the other: those of a file, or of folders that share."""
    file = PurePath(nodeid.partition("::")[0])
    if str(file) in _OWN_STACKS:
        return str(file)
    shared = (scope for folder, scope in _SHARING.items() if file.is_relative_to(folder))
    return next(shared, str(file))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        scope = _scope(item.nodeid)
        if scope in _OWN_STACKS:
            return _ORDER.index(scope)
        return next(at for at, beginning in enumerate(_ORDER) if scope.startswith(beginning))

    items.sort(key=place)


class _ByScope(LoadScopeScheduling):  # type: ignore[misc]
    """Two scopes run beside each other: one that needs a stack, and one that does not."""

    def _split_scope(self, nodeid: str) -> str:
        return _scope(nodeid)

    def _assign_work_unit(self, node: Any) -> None:
        is_beside_a_stack = any(
            scope.startswith(_STACKS) and not all(tests.values())
            for other, scopes in self.assigned_work.items()
            for scope, tests in scopes.items()
            if other is not node
        )
        fits = (scope for scope in self.workqueue if scope.startswith(_STACKS) != is_beside_a_stack)
        self.workqueue.move_to_end(next(fits, next(reversed(self.workqueue))), last=False)
        super()._assign_work_unit(node)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _ByScope(config, log)
