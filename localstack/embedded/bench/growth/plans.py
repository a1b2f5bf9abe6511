"""What Postgres does for each statement: its plan, as EXPLAIN (ANALYZE, BUFFERS) tells it.

Each statement is explained where it is about to be made: in its transaction, with its parameters,
and taken back to a savepoint. So writes are explained like reads, and happen once.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, event

_EXPLAIN: Final = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) "
_PLANNED: Final = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
_SEQUENTIAL: Final = "Seq Scan"
# So few rows are read at once: no planner bothers with an index.
_FEW_ROWS: Final = 200


@dataclass(frozen=True)
class Plan:
    """`pages` are those of tables and indexes that were touched, in memory or on disk."""

    statement: str
    root: Mapping[str, Any]

    @property
    def pages(self) -> int:
        return int(self.root["Shared Hit Blocks"] + self.root["Shared Read Blocks"])

    @property
    def rows_read(self) -> int:
        """Rows that were looked at in tables, whether or not they were wanted."""
        return round(sum(_rows(node) for node in nodes(self.root) if _reads_a_table(node)))

    @property
    def scanned(self) -> set[str]:
        """Tables that were read from one end to the other, and are no small ones."""
        return {
            node["Relation Name"]
            for node in nodes(self.root)
            if node["Node Type"] == _SEQUENTIAL and _rows(node) > _FEW_ROWS
        }

    @property
    def indexes(self) -> set[str]:
        """Those that were used, to find rows or to find out that there is one already."""
        named = {node["Index Name"] for node in nodes(self.root) if "Index Name" in node}
        arbiters = (node.get("Conflict Arbiter Indexes", []) for node in nodes(self.root))
        return named.union(*arbiters)


def nodes(root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield root
    for child in root.get("Plans", []):
        yield from nodes(child)


@contextmanager
def explained(engine: Engine) -> Iterator[list[Plan]]:
    """The plans of all statements that are made meanwhile; what they do is done as ever."""
    plans: list[Plan] = []

    def explain(
        connection: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any
    ) -> None:
        if statement.lstrip().upper().startswith(_PLANNED):
            plans.append(Plan(statement, _explain(connection, statement, parameters)))

    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield plans
    finally:
        event.remove(engine, "before_cursor_execute", explain)


def _explain(connection: Connection, statement: str, parameters: Any) -> Mapping[str, Any]:
    cursor = connection.connection.cursor()
    try:
        cursor.execute("SAVEPOINT before_plan")
        cursor.execute(_EXPLAIN + statement, parameters)
        row = cursor.fetchone()
        cursor.execute("ROLLBACK TO SAVEPOINT before_plan")
    finally:
        cursor.close()
    if row is None:
        raise ValueError(f"No plan of: {statement}")
    plan: Mapping[str, Any] = row[0][0]["Plan"]
    return plan


def _reads_a_table(node: Mapping[str, Any]) -> bool:
    return "Relation Name" in node and "Scan" in node["Node Type"]


def _rows(node: Mapping[str, Any]) -> float:
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return float((node["Actual Rows"] + removed) * node["Actual Loops"])
