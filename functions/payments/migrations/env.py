"""Alembic's entry to the history of the database `payments`, on a connection its caller gives."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
