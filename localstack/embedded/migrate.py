"""Brings a domain's database to the newest of that domain's migrations, as a deployment does."""

from sqlalchemy import create_engine

from functions.databases import histories


def upgrade(domain: str, url: str) -> None:
    """Run the migrations of `domain` that the database at `url` has not seen: all, or none."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            histories.upgrade(connection, domain)
    finally:
        engine.dispose()
