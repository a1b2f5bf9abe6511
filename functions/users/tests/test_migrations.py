"""The tables that the migrations make are the tables the code knows."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from functions.users import sweeping
from functions.users.store import metadata


def test_the_migrated_tables_are_the_ones_the_code_knows(engine: Engine) -> None:
    assert all(table.metadata is metadata for table in sweeping.SWEPT)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize(
    "change", ["status = 'DELETED'", "username = NULL", "email = NULL", "password_hash = NULL"]
)
def test_the_database_itself_keeps_a_deleted_user_erased(engine: Engine, change: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(INSERT))
    with pytest.raises(DBAPIError, match="users_erased_when_deleted"), engine.begin() as again:
        again.execute(text(f"UPDATE users SET {change}"))


INSERT = """INSERT INTO users (username, email, password_hash, password_changed_at, role, status,
        created_at, updated_at)
    VALUES ('ann', 'ann@mail.com', 'x', now(), 'CUSTOMER', 'ACTIVE', now(), now())"""
