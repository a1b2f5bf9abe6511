"""A seat map as values: sections of seats in plan order, and how they are packed into items."""

import json
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain, pairwise, repeat
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
    """A map's table of contents: enough to find a seat without reading the others.

    `by_id` are further chunks, with the seats of all sections in order of their ids. A map has them
    only if its sections' own chunks do not tell which of them has a seat.
    """

    sections: tuple[SectionEntry, ...]
    by_id: tuple[ChunkEntry, ...] = ()

    @property
    def total_seats(self) -> int:
        return sum(section.total_seats for section in self.sections)

    def section_name(self, index: int) -> str | None:
        """None for where chunks by id are: they have seats of any section."""
        return self.sections[index].name if index < len(self.sections) else None

    def places_of(self, seat_ids: Collection[int]) -> list[tuple[int, int]]:
        """Section and number of the chunks that may have these seats: at most one for each."""
        chunks = [(len(self.sections), chunk) for chunk in self.by_id] or [
            (index, chunk)
            for index, section in enumerate(self.sections)
            for chunk in section.chunks
        ]
        return [
            (index, chunk.number)
            for index, chunk in chunks
            if any(chunk.first_id <= seat_id <= chunk.last_id for seat_id in seat_ids)
        ]


class Chunk(NamedTuple):
    """Some seats, packed. `section` is their section's place in the directory.

    Those in order of ids come after the last section.
    """

    section: int
    entry: ChunkEntry
    body: bytes


_Packing = Callable[[tuple[Seat, ...]], bytes]


def pack(sections: Sequence[Section]) -> tuple[Directory, list[Chunk]]:
    """Every section in chunks of one section each, every chunk under CHUNK_BYTES."""
    chunks: list[Chunk] = []
    entries: list[SectionEntry] = []
    for index, section in enumerate(sections):
        packed = _pack_chunks(index, section.seats, pack_seats)
        chunks += packed
        entries.append(
            SectionEntry(
                section.name, section.general_admission, tuple(chunk.entry for chunk in packed)
            )
        )
    by_id: list[Chunk] = []
    if _overlap([chunk.entry for chunk in chunks]):
        # Ids that an organizer brought along need not follow the plan; a seat would then be sought
        # in every chunk whose ids lie around its own.
        seats = sorted(chain.from_iterable(section.seats for section in sections), key=_seat_id)
        by_id = _pack_chunks(len(sections), tuple(seats), pack_mixed_seats)
    return Directory(tuple(entries), tuple(chunk.entry for chunk in by_id)), [*chunks, *by_id]


def _seat_id(seat: Seat) -> int:
    return seat.seat_id


def _overlap(entries: Iterable[ChunkEntry]) -> bool:
    in_order = sorted(entries, key=lambda entry: entry.first_id)
    return any(after.first_id <= before.last_id for before, after in pairwise(in_order))


def _pack_chunks(index: int, seats: tuple[Seat, ...], pack_some: _Packing) -> list[Chunk]:
    return [
        Chunk(index, _entry(number, some), body)
        for number, (some, body) in enumerate(_chunks_of(seats, pack_some))
    ]


def _entry(number: int, seats: tuple[Seat, ...]) -> ChunkEntry:
    ids = [seat.seat_id for seat in seats]
    return ChunkEntry(number, min(ids), max(ids), len(ids))


def _chunks_of(
    seats: tuple[Seat, ...], pack_some: _Packing
) -> Iterator[tuple[tuple[Seat, ...], bytes]]:
    for start in range(0, len(seats), CHUNK_SEATS):
        yield from _small_enough(seats[start : start + CHUNK_SEATS], pack_some)


def _small_enough(
    seats: tuple[Seat, ...], pack_some: _Packing
) -> Iterator[tuple[tuple[Seat, ...], bytes]]:
    body = pack_some(seats)
    if len(body) < CHUNK_BYTES or len(seats) == 1:
        yield seats, body
        return
    middle = len(seats) // 2
    yield from _small_enough(seats[:middle], pack_some)
    yield from _small_enough(seats[middle:], pack_some)


def pack_seats(seats: Iterable[Seat]) -> bytes:
    """Seats of one section as compressed JSON."""
    return _compress(_content(seats))


def pack_mixed_seats(seats: Sequence[Seat]) -> bytes:
    """Seats of any sections, likewise."""
    sections: dict[str, int] = {}
    of = [sections.setdefault(seat.section, len(sections)) for seat in seats]
    return _compress({**_content(seats), "sections": list(sections), "of": of})


def _content(seats: Iterable[Seat]) -> dict[str, Any]:
    """Rows' and categories' names are written once."""
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
    return {"rows": list(rows), "categories": list(categories), "seats": packed}


def unpack_seats(section: str | None, body: bytes) -> tuple[Seat, ...]:
    """Seats of this section, or with None those that were packed with sections of their own."""
    content = json.loads(zlib.decompress(body))
    rows, categories, packed = content["rows"], content["categories"], content["seats"]
    names = (
        repeat(section, len(packed))
        if section is not None
        else (content["sections"][index] for index in content["of"])
    )
    return tuple(
        Seat(seat_id, name, rows[row], number, categories[category], price_cents, x, y, line)
        for name, (seat_id, line, row, number, category, price_cents, x, y) in zip(
            names, packed, strict=True
        )
    )


def pack_directory(directory: Directory) -> bytes:
    # No section is without a name: such an entry is what is there beside them.
    beside = [SectionEntry("", False, directory.by_id)] if directory.by_id else []  # noqa: FBT003
    return _compress([*directory.sections, *beside])


def unpack_directory(body: bytes) -> Directory:
    entries = [
        SectionEntry(name, general, tuple(ChunkEntry(*chunk) for chunk in chunks))
        for name, general, chunks in json.loads(zlib.decompress(body))
    ]
    by_id = entries.pop().chunks if entries[-1].name == "" else ()
    return Directory(tuple(entries), by_id)


def _compress(content: Any) -> bytes:
    return zlib.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())
