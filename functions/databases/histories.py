"""Each domain's history of its database: `functions/<domain>/migrations/versions/*.py`.

A database keeps its own place in it, in its table `alembic_version`.
"""

from pathlib import Path
from typing import Final, NamedTuple

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_FUNCTIONS: Final = Path(__file__).parents[1]


class Moved(NamedTuple):
    """From which revision to which; None is before the first."""

    before: str | None
    after: str | None


def upgrade(connection: Connection, domain: str) -> Moved:
    """Run the migrations of `domain` that this database has not seen, in the caller's transaction.

    A database ahead of this history is left as it is: whoever goes back to older code keeps the
    newer tables, which that code can live with (each migration is made so).
    """
    before = revision_of(connection)
    if before is not None and before not in revisions(domain):
        return Moved(before, before)
    command.upgrade(_config(connection, domain), "head")
    return Moved(before, revision_of(connection))


def downgrade(connection: Connection, domain: str, revision: str) -> Moved:
    """Undo the migrations after `revision`, in the caller's transaction.

    What only they had room for is lost. Raises ValueError unless this history knows the revision.
    """
    if revision not in revisions(domain):
        raise ValueError(f"{domain} has no revision {revision!r}: {', '.join(revisions(domain))}.")
    before = revision_of(connection)
    command.downgrade(_config(connection, domain), revision)
    return Moved(before, revision_of(connection))


def revision_of(connection: Connection) -> str | None:
    """Where this database is in its history."""
    return MigrationContext.configure(connection).get_current_revision()


def revisions(domain: str) -> list[str]:
    """All that the history knows, the oldest first."""
    scripts = ScriptDirectory.from_config(_folder(domain))
    return [script.revision for script in scripts.walk_revisions()][::-1]


def _config(connection: Connection, domain: str) -> Config:
    config = _folder(domain)
    # The history's env.py takes the connection from here, on whichever machine it runs.
    config.attributes["connection"] = connection
    return config


def _folder(domain: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FUNCTIONS / domain / "migrations"))
    return config
