"""Reading one CSV file into records, naming the row and column of whatever is wrong with it."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_type_hints

from embedded.importer.records import Record

R = TypeVar("R", bound=Record)


class Malformed(Exception):  # noqa: N818 - the word for what a file then is
    """A file cannot be used; the message is one line naming file, row and column."""

    def __init__(self, file: str, reason: str, row: int = 1, column: str | None = None) -> None:
        where = f"row {row}" + (f", column {column}" if column else "")
        super().__init__(f"{file}, {where}: {reason}")


class Source(NamedTuple):
    """The place in a row, and the column's name, that a field is read from."""

    field: str
    column: str
    place: int
    read: Callable[[str], Any]


def read_table(folder: Path, kind: type[R]) -> tuple[R, ...]:
    """Every row of the kind's file, in the file's order. Raises Malformed."""
    path = folder / kind.file
    try:
        # A byte that is not UTF-8 gets as far as its cell, which knows its row and column.
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            return tuple(_records(kind, file))
    except OSError as error:
        raise Malformed(kind.file, f"cannot be read: {error.strerror} ({path})") from error


def _records(kind: type[R], lines: Iterator[str]) -> Iterator[R]:
    rows = _rows(kind, lines)
    _, header = next(rows, (1, []))
    sources = _sources(kind, header)
    for number, row in rows:
        if len(row) != len(header):
            at = min(len(row), len(header) - 1)
            reason = f"the row has {len(row)} cells where the header has {len(header)}"
            raise Malformed(kind.file, reason, number, header[at])
        yield _record(kind, number, row, sources)


def _rows(kind: type[R], lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line it starts on; blank lines are skipped."""
    reader = csv.reader(lines, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Malformed(kind.file, f"is not CSV: {error}", number) from error
        if row:
            yield number, row


def _sources(kind: type[Record], header: list[str]) -> list[Source]:
    names = [name.strip() for name in header]
    sources = []
    for field, hint in get_type_hints(kind, include_extras=True).items():
        for source in getattr(hint, "__metadata__", ()):
            column = source.name or field
            if names.count(column) != 1:
                fault = "is missing" if column not in names else "is there more than once"
                raise Malformed(kind.file, f"the column {fault}", 1, column)
            sources.append(Source(field, column, names.index(column), source.read))
    return sources


def _record(kind: type[R], number: int, row: list[str], sources: list[Source]) -> R:
    values: dict[str, Any] = {"row": number}
    for source in sources:
        try:
            values[source.field] = source.read(row[source.place])
        except ValueError as error:
            raise Malformed(kind.file, str(error), number, source.column) from error
    return kind(**values)
