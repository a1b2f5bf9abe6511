"""Empties a database between two tests, in a fiftieth of the time that TRUNCATE takes."""

from typing import Final

from sqlalchemy import Connection

# Of payments, and of catalog; what refers to others comes before them.
BOOKS: Final = (
    *("refunds", "attempts", "payments", "kept_answers", "notices", "outbox"),
    *("simulator_refunds", "simulator_charges"),
)
PROGRAMME: Final = ("cancellations", "events", "venues", "outbox")
# A table with this much in it, rows or what is left of them, is made anew.
_MUCH_BYTES: Final = 64 * 1024
_LARGEST: Final = """
SELECT max(pg_relation_size(oid)) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
_SEQUENCES_ANEW: Final = """
SELECT setval(oid, 1, false) FROM pg_class
WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
"""


def empty(connection: Connection, *tables: str) -> None:
    """Leave no row in these tables, and begin every sequence anew.

    Tables that refer to others come before them. TRUNCATE makes new files for each table and each
    index, 60 ms for ten tables, however little is in them.
    """
    if connection.exec_driver_sql(_LARGEST).scalar_one() > _MUCH_BYTES:
        connection.exec_driver_sql(f"TRUNCATE {', '.join(tables)}")
    else:
        # None of them comes from outside.
        deletions = (f"DELETE FROM {table}" for table in tables)  # nosec B608
        connection.exec_driver_sql("; ".join(deletions))
    connection.exec_driver_sql(_SEQUENCES_ANEW)
