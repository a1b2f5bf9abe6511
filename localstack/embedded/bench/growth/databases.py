"""A Postgres of our own, with databases of every size, and what it knows of their indexes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Engine, make_url

from embedded.bench.growth import filling
from embedded.config import free_port
from embedded.databases import Database, Server
from embedded.migrate import upgrade
from embedded.postgres import Postgres
from functions.shared.postgres import create_pool

_INDEXES: Final = """\
SELECT indexrelname, relname, indisunique, idx_scan, pg_relation_size(indexrelid)
FROM pg_stat_user_indexes JOIN pg_index USING (indexrelid)
WHERE relname <> 'alembic_version' ORDER BY relname, indexrelname"""


class Index(NamedTuple):
    """`keeps_a_rule`: it is unique, and so refuses rows. `scans` also by checks of other tables."""

    name: str
    table: str
    keeps_a_rule: bool
    scans: int
    size_bytes: int


@contextmanager
def server(folder: Path) -> Iterator[Postgres]:
    """It and its data end with this."""
    started = Postgres(folder / "data", free_port(), folder / "postgres.log", durable=False)
    started.start()
    try:
        yield started
    finally:
        started.stop()
        started.remove()


class Databases:
    """Migrated once a domain, then copied and filled."""

    def __init__(self, where: Server) -> None:
        self._server = where
        self._templates: dict[str, str] = {}

    @contextmanager
    def of(self, kind: str, size: int) -> Iterator[tuple[Engine, Database]]:
        """A database with so much of a kind of filling (`filling.py`); dropped in the end."""
        domain, statements = filling.FILLINGS[kind]
        name = f"growth_{kind}_{size}"
        database = self._server.ensure_database(name, domain, self._template(domain))
        engine = create_pool(make_url(database.url))
        try:
            self._fill(database, statements, size)
            yield engine, database
        finally:
            engine.dispose()
            self._server.drop_database(name)

    def indexes(self, database: Database) -> list[Index]:
        """All of them, with what they were used for since it was filled. Close its engine first."""
        connection = self._server.superuser(database.name)
        try:
            return [Index(*row) for row in connection.run(_INDEXES)]
        finally:
            connection.close()

    def _template(self, domain: str) -> str:
        if domain not in self._templates:
            made = self._server.ensure_database(f"growth_{domain}", domain)
            upgrade(domain, made)
            self._templates[domain] = made.name
        return self._templates[domain]

    def _fill(self, database: Database, statements: tuple[str, ...], size: int) -> None:
        connection = self._server.superuser(database.name)
        try:
            # What is filled in is whole, and takes half the time when nobody checks it.
            connection.run("SET session_replication_role = replica")
            for statement in statements:
                connection.run(statement, n=size)
            # As a server does by itself in a while: its planner knows what there is.
            connection.run("VACUUM ANALYZE")
            connection.run("SELECT pg_stat_reset()")
        finally:
            connection.close()
