"""A server as Aurora is when it is new: it knows of IAM, and its owner is no superuser."""

from collections.abc import Callable, Iterator

import pytest
from embedded.config import HOST, free_port
from embedded.databases import PLAINLY
from embedded.postgres import Postgres
from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.pool import NullPool

from functions.databases.owner import Owner

PASSWORD = "owners-own"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    folder = tmp_path_factory.mktemp("cluster")
    server = Postgres(folder / "data", free_port(), folder / "postgres.log", durable=False)
    server.start()
    yield server
    server.stop()
    server.remove()


@pytest.fixture
def server(cluster: Postgres) -> Postgres:
    """New again: it has no database and no role but those it came with, and the owner."""
    connection = cluster.superuser()
    for (name,) in connection.run("SELECT datname FROM pg_database WHERE oid >= 16384"):
        connection.run(f"DROP DATABASE {name} WITH (FORCE)")
    made = [name for (name,) in connection.run("SELECT rolname FROM pg_roles WHERE oid >= 16384")]
    if made:
        # Together: each may have given memberships to the others.
        connection.run(f"DROP ROLE {', '.join(made)}")
    connection.run(f"CREATE ROLE owner LOGIN CREATEROLE CREATEDB PASSWORD '{PASSWORD}'")
    connection.run("CREATE ROLE rds_iam")
    connection.run("GRANT rds_iam TO owner WITH ADMIN OPTION")
    connection.close()
    return cluster


def engine_of(server: Postgres, database: str, password: str = PASSWORD) -> Engine:
    url = URL.create("postgresql+pg8000", "owner", password, HOST, server.port, database)
    return create_engine(url, poolclass=NullPool, connect_args=PLAINLY)


@pytest.fixture
def owner(server: Postgres) -> Owner:
    return Owner(lambda database: iter([engine_of(server, database)]))


@pytest.fixture
def asked(server: Postgres) -> Callable[..., list[list[object]]]:
    """`asked("payments", "SELECT ...")` are the rows, as a superuser sees them."""

    def ask(database: str, query: str) -> list[list[object]]:
        connection = server.superuser(database)
        try:
            return list(connection.run(query))
        finally:
            connection.close()

    return ask
