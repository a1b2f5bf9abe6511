"""Brings a domain's database to the newest of that domain's migrations, as a deployment does."""

from embedded.databases import Database
from functions.databases import histories


def upgrade(domain: str, database: Database) -> None:
    """Run the migrations of `domain` that this database has not seen: all, or none."""
    engine = database.engine()
    try:
        with engine.begin() as connection:
            histories.upgrade(connection, domain)
    finally:
        engine.dispose()
