"""The tables that the migrations make are the tables the code knows."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from functions.catalog import cancellation_store, store, venue_store


def test_the_migrated_tables_are_the_ones_the_code_knows(engine: Engine) -> None:
    for table in (store.events, cancellation_store.cancellations):
        assert table.metadata is venue_store.metadata
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, venue_store.metadata) == []
