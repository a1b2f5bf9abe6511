"""The users domain on a real Postgres and the emulated KMS, empty again for each test."""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import boto3
import pytest
from embedded.databases import Database
from embedded.migrate import upgrade
from embedded.postgres import Postgres
from sqlalchemy import Engine, text

from functions.shared.tests.deployed import ISSUER, Answer, Client, load
from functions.shared.tests.emptying import empty
from functions.users.store import metadata
from functions.users.tests.post import Post

PASSWORD = "correct horse battery"
ADMIN_PASSWORD = "admin-local-only"
RESET_PAGE = "https://boxoffice.example/password/reset"
SENDER = "Boxoffice <no-reply@boxoffice.example>"


def person(username: str = "ann", **changed: Any) -> dict[str, Any]:
    """A registration."""
    return {
        "username": username,
        "email": f"{username}@mail.com",
        "password": PASSWORD,
        "firstName": "Ann",
        "lastName": "Other",
    } | changed


@pytest.fixture(scope="session")
def users_database(postgres: Postgres) -> Database:
    database = postgres.ensure_database("users_suite", "users")
    upgrade("users", database)
    return database


@pytest.fixture(scope="session")
def kms_key_ids(aws_endpoint: str) -> list[str]:
    """Two signing keys, as around a rotation."""
    kms = boto3.client("kms", endpoint_url=aws_endpoint)
    made = [kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY") for _ in range(2)]
    return [key["KeyMetadata"]["Arn"] for key in made]


@pytest.fixture(scope="session")
def environment(users_database: Database, kms_key_ids: list[str]) -> dict[str, str]:
    return {
        **users_database.environment,
        "TOKEN_ISSUER": ISSUER,
        "TOKEN_KEY_IDS": ",".join(kms_key_ids),
        "TOKEN_SIGNING_KEY_ID": kms_key_ids[0],
        "USERS_TASKS_FUNCTION": "nobody",
        "USERS_MAILER_FUNCTION": "nobody",
        "ORDERS_TASKS_FUNCTION": "orders",
        "PAYMENTS_TASKS_FUNCTION": "payments",
        "SEATING_TASKS_FUNCTION": "seating",
        "CATALOG_TASKS_FUNCTION": "catalog",
        "PASSWORD_RESET_PAGE": RESET_PAGE,
        "MAIL_SENDER": SENDER,
    }


@pytest.fixture(scope="session")
def users_api(environment: dict[str, str]) -> Iterator[ModuleType]:
    module = load("functions.users.api", environment)
    yield module
    module.engine.dispose()


@pytest.fixture(scope="session")
def users_tasks(environment: dict[str, str]) -> Iterator[ModuleType]:
    module = load("functions.users.tasks", environment)
    yield module
    module.engine.dispose()


@pytest.fixture(scope="session")
def mailer(environment: dict[str, str], aws_endpoint: str) -> ModuleType:
    """With a sender whom the emulated SES knows."""
    ses: Any = boto3.client("ses", endpoint_url=aws_endpoint)
    ses.verify_domain_identity(Domain="boxoffice.example")
    return load("functions.users.mailer", environment)


@pytest.fixture
def engine(users_api: ModuleType) -> Engine:
    """The API's own, to an empty database."""
    engine: Engine = users_api.engine
    with engine.begin() as connection:
        # The audit log refuses even this.
        connection.execute(text("ALTER TABLE audit_log DISABLE TRIGGER USER"))
        empty(connection, *(table.name for table in reversed(metadata.sorted_tables)))
        connection.execute(text("ALTER TABLE audit_log ENABLE TRIGGER USER"))
    return engine


@pytest.fixture
def client(users_api: ModuleType, engine: Engine) -> Client:
    return Client(users_api)


@pytest.fixture
def register(client: Client) -> Callable[..., dict[str, Any]]:
    """Registers `person(...)` and gives the answer's body."""

    def register(username: str = "ann", **changed: Any) -> dict[str, Any]:
        answer = client("POST", "/v1/users/register", person(username, **changed))
        assert answer.status == 201, answer.body
        body: dict[str, Any] = answer.body
        return body

    return register


@pytest.fixture
def login(client: Client) -> Callable[..., Answer]:
    def login(name: str = "ann", password: str = PASSWORD) -> Answer:
        body = {"usernameOrEmail": name, "password": password}
        return client("POST", "/v1/users/login", body)

    return login


@pytest.fixture
def admin_token(users_tasks: ModuleType, login: Callable[..., Answer]) -> str:
    users_tasks.handler(
        {
            "task": "ensure_administrator",
            "username": "admin",
            "email": "admin@mail.com",
            "password": ADMIN_PASSWORD,
        },
        None,
    )
    token: str = login("admin", ADMIN_PASSWORD).body["token"]
    return token


@pytest.fixture
def post(client: Client, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Post:
    monkeypatch.setattr(client.module, "send_off", lambda *_: None)
    return Post(client, engine, RESET_PAGE)
