"""Roles and databases of a cluster, as its owner makes them: who is no superuser on Aurora, and may
do to a domain's things only what it has granted itself.

Names are the domains' own, never a caller's.
"""

from typing import Final

from sqlalchemy import Connection, TextClause, text

# Aurora has it: whoever is a member signs in by IAM and in no other way.
_BY_IAM: Final = "rds_iam"
_ROLE: Final = text("SELECT 1 FROM pg_roles WHERE rolname = :name")
_DATABASE: Final = text("SELECT 1 FROM pg_database WHERE datname = :name")


def ensure_role(connection: Connection, name: str) -> None:
    """The role, which may sign in; by IAM where the server knows that."""
    if not _is_there(connection, _ROLE, name):
        connection.execute(text(f"CREATE ROLE {name} LOGIN"))
    if _is_there(connection, _ROLE, _BY_IAM):
        connection.execute(text(f"GRANT {_BY_IAM} TO {name}"))


def ensure_database(connection: Connection, name: str) -> None:
    """The database that the role of its name owns, which nobody else may connect to.

    The connection commits each statement by itself: a database is made in no transaction.
    """
    # To own it and to act as it; a superuser could, a cluster's owner can't without.
    connection.execute(text(f"GRANT {name} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE"))
    if not _is_there(connection, _DATABASE, name):
        # A locale that is built in, so that sorting and lower() are the same on every machine.
        locale = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C' ENCODING 'UTF8'"
        connection.execute(text(f"CREATE DATABASE {name} OWNER {name} TEMPLATE template0 {locale}"))
    connection.execute(text(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC"))


def act_as(connection: Connection, role: str) -> None:
    """Until the transaction ends, so that the role owns what is made."""
    connection.execute(text(f"SET LOCAL ROLE {role}"))


def act_as_oneself(connection: Connection) -> None:
    connection.execute(text("RESET ROLE"))


def _is_there(connection: Connection, query: TextClause, name: str) -> bool:
    return connection.execute(query, {"name": name}).first() is not None
