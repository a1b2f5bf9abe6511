"""Databases on a server of the loopback: one for each domain, which its role owns and opens."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import pg8000.native
from sqlalchemy import Engine, create_engine

from embedded.config import HOST, REPOSITORY
from embedded.errors import StackError
from infra.environments import PlainPostgres, environment_of

SUPERUSER: Final = "postgres"
AUDITOR: Final = "auditor"
_AUDITOR: Final = REPOSITORY / "functions" / "audit" / "auditor.sql"

# Loopback's server speaks no TLS. To ask it first reads every certificate authority of the machine.
PLAINLY: Final[Mapping[str, Any]] = {"ssl_context": False}


class PostgresError(StackError):
    """Postgres did not start; the message says where its log is."""


def _role_password() -> str:
    """The one our templates give to local functions."""
    server = environment_of({"environment": "local"}).database
    if not isinstance(server, PlainPostgres):
        raise PostgresError("The local environment names no plain Postgres.")
    return server.password


ROLE_PASSWORD: Final = _role_password()


@dataclass(frozen=True)
class Database:
    """How to reach one database as the role that owns it."""

    port: int
    name: str
    user: str
    password: str = ROLE_PASSWORD
    host: str = HOST

    @property
    def url(self) -> str:
        """The address SQLAlchemy takes."""
        return (
            f"postgresql+pg8000://{self.user}:{self.password}@{self.host}:{self.port}/{self.name}"
        )

    def engine(self, **options: Any) -> Engine:
        """SQLAlchemy's, with these options of `create_engine`."""
        return create_engine(self.url, connect_args=PLAINLY, **options)

    @property
    def environment(self) -> dict[str, str]:
        """The same as the variables our functions read."""
        return {
            "DATABASE_HOST": self.host,
            "DATABASE_PORT": str(self.port),
            "DATABASE_NAME": self.name,
            "DATABASE_USER": self.user,
            "DATABASE_PASSWORD": self.password,
        }


class Server(ABC):
    """A server on a port of the loopback, and what its superuser does for us."""

    port: int

    @property
    @abstractmethod
    def superuser_password(self) -> str:
        """What opens it."""

    def superuser(self, database: str = SUPERUSER) -> pg8000.native.Connection:
        """A connection that may create databases and roles."""
        password = self.superuser_password
        return pg8000.native.Connection(
            SUPERUSER, host=HOST, port=self.port, database=database, password=password, **PLAINLY
        )

    def ensure_database(self, name: str, owner: str, template: str = "template1") -> Database:
        """The database `name`, which only its owner may connect to; both created where missing."""
        connection = self.superuser()
        try:
            if not connection.run("SELECT 1 FROM pg_roles WHERE rolname = :role", role=owner):
                connection.run(f"CREATE ROLE {owner} LOGIN PASSWORD '{ROLE_PASSWORD}'")
            if not connection.run("SELECT 1 FROM pg_database WHERE datname = :name", name=name):
                connection.run(f"CREATE DATABASE {name} OWNER {owner} TEMPLATE {template}")
                connection.run(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        finally:
            connection.close()
        return Database(self.port, name, owner)

    def ensure_auditor(self, audited: Database) -> Database:
        """The same migrated database as the audit's user sees it, who may only read."""
        connection = self.superuser(audited.name)
        try:
            connection.run(_AUDITOR.read_text())
            connection.run(f"ALTER ROLE {AUDITOR} PASSWORD '{ROLE_PASSWORD}'")
        finally:
            connection.close()
        return replace(audited, user=AUDITOR)

    def drop_database(self, name: str) -> None:
        """Delete a database, whoever is connected to it."""
        connection = self.superuser()
        try:
            connection.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        finally:
            connection.close()
