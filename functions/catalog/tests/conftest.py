"""The catalog on a real Postgres, with an emulated bus, and a seating function that writes down
what it is told."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from embedded.databases import Database
from embedded.migrate import upgrade
from embedded.postgres import Postgres
from sqlalchemy import Engine, update

from functions.catalog.cancellation_store import cancellations
from functions.catalog.tests.executions import Executions
from functions.shared.tests.deployed import ISSUER, Client, LocalIssuer, load
from functions.shared.tests.emptying import PROGRAMME, empty
from functions.shared.tests.gateway import FakeContext
from functions.shared.tokens import Role

BUS = "boxoffice-catalog-suite"
ORGANIZER, OTHER_ORGANIZER, ADMIN, CUSTOMER = 11, 12, 1, 21
# What goes along with all that the cancellation of an event causes.
CAUSED = {"correlationId": "cancellation-1"}
SOON = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)

_SEATING = """
import json, os, time
def handler(payload, context):
    time.sleep(float(os.environ["SECONDS"]))
    with open(os.environ["TOLD"], "a") as told:
        told.write(json.dumps(payload) + "\\n")
    return {}
"""


def wire(moment: datetime) -> str:
    """As times are answered."""
    return moment.isoformat().replace("+00:00", "Z")


class Seating:
    """A function in seating's place; `told` is every payload it was invoked with."""

    def __init__(self, name: str, notes: Path, seconds: float = 0) -> None:
        self.name = name
        self._notes = notes
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("seating.py", _SEATING)
        boto3.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.11",
            Role="arn:aws:iam::000000000000:role/seating",
            Handler="seating.handler",
            Timeout=30,
            Code={"ZipFile": package.getvalue()},
            Environment={"Variables": {"TOLD": str(notes), "SECONDS": str(seconds)}},
        )

    def told(self) -> list[dict[str, Any]]:
        """Since it was last asked."""
        if not self._notes.exists():
            return []
        lines = self._notes.read_text().splitlines()
        self._notes.unlink()
        return [json.loads(line) for line in lines]


class Bus:
    """The domain events that reached the bus, seen by a queue."""

    def __init__(self) -> None:
        events, sqs = boto3.client("events"), boto3.client("sqs")
        events.create_event_bus(Name=BUS)
        self._queue = sqs.create_queue(QueueName="catalog-suite")["QueueUrl"]
        asked = sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        pattern = json.dumps({"source": ["boxoffice.catalog"]})
        events.put_rule(Name="catalog-suite", EventBusName=BUS, EventPattern=pattern)
        target: Any = {"Id": "queue", "Arn": asked["Attributes"]["QueueArn"]}
        events.put_targets(Rule="catalog-suite", EventBusName=BUS, Targets=[target])
        self._sqs = sqs

    def heard(self) -> list[dict[str, Any]]:
        """Since it was last asked."""
        events: list[dict[str, Any]] = []
        while True:
            answer = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
            messages = answer.get("Messages", [])
            if not messages:
                return events
            for message in messages:
                handle = message["ReceiptHandle"]
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=handle)
                events.append(json.loads(message["Body"]))


@pytest.fixture(scope="session")
def catalog_database(postgres: Postgres) -> Database:
    database = postgres.ensure_database("catalog_suite", "catalog")
    upgrade("catalog", database)
    return database


@pytest.fixture(scope="session")
def issuer() -> LocalIssuer:
    return LocalIssuer()


@pytest.fixture(scope="session")
def bus(aws_endpoint: str) -> Bus:
    return Bus()


@pytest.fixture(scope="session")
def seating(aws_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Seating:
    return Seating("catalog-suite-seating", tmp_path_factory.mktemp("seating") / "told")


@pytest.fixture(scope="session")
def environment(catalog_database: Database, bus: Bus, seating: Seating) -> dict[str, str]:
    return {
        **catalog_database.environment,
        "TOKEN_ISSUER": ISSUER,
        "TOKEN_KEY_IDS": "replaced",
        "EVENT_BUS_NAME": BUS,
        "SEATING_TASKS_FUNCTION": seating.name,
        "EVENT_CANCELLATION_STATE_MACHINE_ARN": "replaced where it is run",
    }


@pytest.fixture(scope="session")
def deploy(environment: dict[str, str], issuer: LocalIssuer) -> Iterator[Callable[..., ModuleType]]:
    """Loads the API with some variables changed, trusting the tests' own issuer."""
    made: list[ModuleType] = []
    with pytest.MonkeyPatch.context() as patch:

        def deploy(**changed: str) -> ModuleType:
            module = load("functions.catalog.api", environment | changed)
            patch.setattr(module, "fetch_public_keys", lambda *_: issuer.public_keys)
            made.append(module)
            return module

        yield deploy
    for module in made:
        module.engine.dispose()


@pytest.fixture(scope="session")
def catalog_api(deploy: Callable[..., ModuleType]) -> ModuleType:
    return deploy()


@pytest.fixture(scope="session")
def catalog_tasks(environment: dict[str, str]) -> Iterator[ModuleType]:
    module = load("functions.catalog.tasks", environment)
    yield module
    module.engine.dispose()


@pytest.fixture
def engine(catalog_api: ModuleType, bus: Bus, seating: Seating) -> Engine:
    """The API's own, to an empty database; nothing heard or told yet."""
    engine: Engine = catalog_api.engine
    with engine.begin() as connection:
        empty(connection, *PROGRAMME)
    bus.heard()
    seating.told()
    return engine


@pytest.fixture
def client(catalog_api: ModuleType, engine: Engine) -> Client:
    return Client(catalog_api)


@pytest.fixture(scope="session")
def organizer(issuer: LocalIssuer) -> str:
    return issuer.token(ORGANIZER, Role.EVENT_ORGANIZER)


@pytest.fixture(scope="session")
def other_organizer(issuer: LocalIssuer) -> str:
    return issuer.token(OTHER_ORGANIZER, Role.EVENT_ORGANIZER)


@pytest.fixture(scope="session")
def admin(issuer: LocalIssuer) -> str:
    return issuer.token(ADMIN, Role.ADMIN)


@pytest.fixture(scope="session")
def customer(issuer: LocalIssuer) -> str:
    return issuer.token(CUSTOMER)


@pytest.fixture
def venue(client: Client, organizer: str) -> Callable[..., int]:
    """Makes a venue and gives its id."""

    def venue(name: str = "Town Hall", city: str = "Pune", capacity: int = 500) -> int:
        body = {"name": name, "city": city, "capacity": capacity}
        answer = client("POST", "/v1/venues", body, token=organizer)
        assert answer.status == 201, answer.body
        venue_id: int = answer.body["venueId"]
        return venue_id

    return venue


@pytest.fixture
def planned(venue: Callable[..., int]) -> Callable[..., dict[str, Any]]:
    """The body of a new event, at a venue made for it unless one is named."""

    def planned(**changed: Any) -> dict[str, Any]:
        body = {
            "title": "Night of Ragas",
            "eventType": "Concert",
            "eventDate": wire(SOON),
            "basePriceCents": 68328,
        } | changed
        return body if "venueId" in body else body | {"venueId": venue()}

    return planned


@pytest.fixture
def create(
    client: Client, planned: Callable[..., dict[str, Any]], organizer: str
) -> Callable[..., dict[str, Any]]:
    """Creates an event, by default an organizer's, and gives the answer's body."""

    def create(token: str = organizer, **changed: Any) -> dict[str, Any]:
        answer = client("POST", "/v1/events", planned(**changed), token=token)
        assert answer.status == 201, answer.body
        body: dict[str, Any] = answer.body
        return body

    return create


@pytest.fixture
def executions(
    catalog_api: ModuleType, catalog_tasks: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> Executions:
    """None yet: ids, and so names, begin anew in each test."""
    made = Executions()
    for module in (catalog_api, catalog_tasks):
        monkeypatch.setattr(module.cancellations.machine, "_machine_arn", made.machine_arn)
    return made


@pytest.fixture
def cancelled(
    executions: Executions, client: Client, create: Callable[..., dict[str, Any]], organizer: str
) -> dict[str, Any]:
    """An event of the organizer's that is being cancelled."""
    event_id: int = create(status="ON_SALE")["eventId"]
    path = f"/v1/events/{event_id}/cancel"
    sent = {"X-Request-Id": CAUSED["correlationId"]}
    answer = client("POST", path, {"reason": "Rain"}, token=organizer, headers=sent)
    assert answer.status == 202, answer.body
    body: dict[str, Any] = answer.body
    return body


@pytest.fixture
def task(catalog_tasks: ModuleType) -> Callable[..., dict[str, Any]]:
    def task(name: str, **payload: Any) -> dict[str, Any]:
        answer: dict[str, Any] = catalog_tasks.handler({"task": name, **payload}, FakeContext())
        return answer

    return task


@pytest.fixture
def age(engine: Engine) -> Callable[[timedelta], None]:
    """Lets the present run have begun so much earlier."""

    def age(by: timedelta) -> None:
        with engine.begin() as connection:
            connection.execute(
                update(cancellations).values(run_started_at=cancellations.c.run_started_at - by)
            )

    return age
