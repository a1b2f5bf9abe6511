"""A seat map as values: sections of seats in plan order, and how they are packed into items."""

import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from functions.seating.domain import Seat

MAX_SEATS: Final = 150_000
MAX_SECTIONS: Final = 1_000
# One read unit covers 4 KB of item, so a seat costs the same to find on every map. Larger chunks
# would be fewer, and each reservation in a function that does not know them yet would cost more.
CHUNK_SEATS: Final = 250
CHUNK_BYTES: Final = 4_000


class Section(NamedTuple):
    """`seats` are in plan order: rows from the front, each from one end to the other."""

    name: str
    general_admission: bool
    seats: tuple[Seat, ...]


class ChunkEntry(NamedTuple):
    """One chunk of a section: its place in it, and the seat ids that may be inside."""

    number: int
    first_id: int
    last_id: int
    seats: int


class SectionEntry(NamedTuple):
    name: str
    general_admission: bool
    chunks: tuple[ChunkEntry, ...]

    @property
    def total_seats(self) -> int:
        return sum(chunk.seats for chunk in self.chunks)


class Directory(NamedTuple):
    """A map's table of contents: enough to find a seat without reading the others."""

    sections: tuple[SectionEntry, ...]

    @property
    def total_seats(self) -> int:
        return sum(section.total_seats for section in self.sections)


class Chunk(NamedTuple):
    """Some seats of one section, packed. `section` is its place in the directory."""

    section: int
    entry: ChunkEntry
    body: bytes


def pack(sections: Iterable[Section]) -> tuple[Directory, list[Chunk]]:
    """Every section in chunks of one section each, every chunk under CHUNK_BYTES."""
    chunks: list[Chunk] = []
    entries: list[SectionEntry] = []
    for index, section in enumerate(sections):
        packed = [
            Chunk(index, _entry(number, seats), body)
            for number, (seats, body) in enumerate(_chunks_of(section.seats))
        ]
        chunks += packed
        entries.append(
            SectionEntry(
                section.name, section.general_admission, tuple(chunk.entry for chunk in packed)
            )
        )
    return Directory(tuple(entries)), chunks


def _entry(number: int, seats: tuple[Seat, ...]) -> ChunkEntry:
    ids = [seat.seat_id for seat in seats]
    return ChunkEntry(number, min(ids), max(ids), len(ids))


def _chunks_of(seats: tuple[Seat, ...]) -> Iterator[tuple[tuple[Seat, ...], bytes]]:
    for start in range(0, len(seats), CHUNK_SEATS):
        yield from _small_enough(seats[start : start + CHUNK_SEATS])


def _small_enough(seats: tuple[Seat, ...]) -> Iterator[tuple[tuple[Seat, ...], bytes]]:
    body = pack_seats(seats)
    if len(body) < CHUNK_BYTES or len(seats) == 1:
        yield seats, body
        return
    middle = len(seats) // 2
    yield from _small_enough(seats[:middle])
    yield from _small_enough(seats[middle:])


def pack_seats(seats: Iterable[Seat]) -> bytes:
    """Seats as compressed JSON; rows' and categories' names are written once."""
    rows: dict[str, int] = {}
    categories: dict[str, int] = {}
    packed = [
        [
            seat.seat_id,
            seat.line,
            rows.setdefault(seat.row, len(rows)),
            seat.number,
            categories.setdefault(seat.category, len(categories)),
            seat.price_cents,
            seat.x,
            seat.y,
        ]
        for seat in seats
    ]
    return _compress({"rows": list(rows), "categories": list(categories), "seats": packed})


def unpack_seats(section: str, body: bytes) -> tuple[Seat, ...]:
    content = json.loads(zlib.decompress(body))
    rows, categories = content["rows"], content["categories"]
    return tuple(
        Seat(seat_id, section, rows[row], number, categories[category], price_cents, x, y, line)
        for seat_id, line, row, number, category, price_cents, x, y in content["seats"]
    )


def pack_directory(directory: Directory) -> bytes:
    return _compress(directory.sections)


def unpack_directory(body: bytes) -> Directory:
    return Directory(
        tuple(
            SectionEntry(name, general, tuple(ChunkEntry(*chunk) for chunk in chunks))
            for name, general, chunks in json.loads(zlib.decompress(body))
        )
    )


def _compress(content: Any) -> bytes:
    return zlib.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())
