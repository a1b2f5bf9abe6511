"""Brings a domain's database to the newest of that domain's migrations.

A history is `functions/<domain>/migrations/versions/*.py`. Each database keeps its own place in it,
in its table `alembic_version`, which the domain's role owns as it owns every table.
"""

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from embedded.config import REPOSITORY


def upgrade(domain: str, url: str) -> None:
    """Run the migrations of `domain` that the database at `url` has not seen: all, or none."""
    config = Config()
    config.set_main_option("script_location", str(REPOSITORY / "functions" / domain / "migrations"))
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            # The history's env.py takes the connection from here, on whichever machine it runs.
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
