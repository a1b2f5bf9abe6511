"""Signing in as the owner of the cluster, who makes roles and databases.

IAM is tried first, then the password that RDS keeps in Secrets Manager. On a new cluster only the
password opens. Once the owner has made roles that sign in by IAM it is a member of them, and so of
`rds_iam`: from then on Aurora takes no password from it, only IAM.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from functions.databases.settings import ClusterSettings
from functions.shared.database_sign_in import encrypt, sign_in_by_iam
from functions.shared.postgres import sql_state
from functions.shared.secret_values import read_secret

# A cluster that was paused takes some 15 seconds to answer.
_CONNECT_SECONDS: Final = 60
# Refused, by the way it was tried or by the password (PostgreSQL, appendix A).
_REFUSED: Final = frozenset({"28000", "28P01"})


class Owner:
    """`engines` gives the ways to sign in to a database, the likeliest first."""

    def __init__(self, engines: Callable[[str], Iterator[Engine]]) -> None:
        self._engines = engines

    @contextmanager
    def connection(self, database: str) -> Iterator[Connection]:
        """A connection to this database. Raises DBAPIError when no way lets us in."""
        refused: DBAPIError | None = None
        for engine in self._engines(database):
            try:
                connection = engine.connect()
            except DBAPIError as error:
                if sql_state(error) not in _REFUSED:
                    raise
                refused = error
            else:
                with connection:
                    yield connection
                return
        if refused is not None:
            raise refused


def owner_of(cluster: ClusterSettings, secrets: Any) -> Owner:
    """The owner of a cluster on AWS."""

    def engines(database: str) -> Iterator[Engine]:
        by_iam = _engine(cluster, database)
        sign_in_by_iam(by_iam)
        yield by_iam
        kept = json.loads(read_secret(secrets, cluster.cluster_owner_secret_arn))
        by_password = _engine(cluster, database, kept["password"])
        encrypt(by_password)
        yield by_password

    return Owner(engines)


def _engine(cluster: ClusterSettings, database: str, password: str | None = None) -> Engine:
    url = URL.create(
        "postgresql+pg8000",
        username=cluster.cluster_owner,
        password=password,
        host=cluster.cluster_host,
        port=cluster.cluster_port,
        database=database,
    )
    return create_engine(url, poolclass=NullPool, connect_args={"timeout": _CONNECT_SECONDS})
