"""Packing a seat map into items loses nothing and keeps every item small."""

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.seating import seat_map
from functions.seating.domain import Seat
from functions.seating.drafts import build_sections
from functions.seating.seat_map import (
    CHUNK_BYTES,
    Section,
    pack,
    pack_directory,
    unpack_directory,
    unpack_seats,
)
from functions.seating.tests.shows import hall

TEXT = st.text(max_size=8)
COORDINATE = st.none() | st.floats(-1e6, 1e6).map(lambda number: round(number, 2))
SEATS = st.builds(
    Seat,
    seat_id=st.integers(1, 2**31 - 1),
    section=st.just("S"),
    row=TEXT,
    number=TEXT,
    category=TEXT,
    price_cents=st.integers(0, 10**12),
    x=COORDINATE,
    y=COORDINATE,
    line=st.integers(0, 999),
)
SECTIONS = st.lists(st.lists(SEATS, min_size=1, max_size=30), min_size=1, max_size=4).map(
    lambda lists: [
        Section(f"S{place}", False, tuple(seat._replace(section=f"S{place}") for seat in seats))
        for place, seats in enumerate(lists)
    ]
)


def unpacked(sections: list[Section]) -> list[Section]:
    directory, chunks = pack(sections)
    directory = unpack_directory(pack_directory(directory))
    return [
        Section(
            entry.name,
            entry.general_admission,
            tuple(
                seat
                for chunk in chunks
                if chunk.section == index
                for seat in unpack_seats(entry.name, chunk.body)
            ),
        )
        for index, entry in enumerate(directory.sections)
    ]


@settings(max_examples=100, deadline=None)
@given(sections=SECTIONS)
def test_a_map_comes_back_as_it_went_in(sections: list[Section]) -> None:
    assert unpacked(sections) == sections


@settings(max_examples=50, deadline=None)
@given(sections=SECTIONS, size=st.integers(1, 7), limit=st.integers(60, 300))
def test_whatever_the_limits_no_chunk_mixes_sections_or_hides_a_seat(
    sections: list[Section], size: int, limit: int
) -> None:
    original = seat_map.CHUNK_SEATS, seat_map.CHUNK_BYTES
    seat_map.CHUNK_SEATS, seat_map.CHUNK_BYTES = size, limit  # type: ignore[misc]
    try:
        directory, chunks = pack(sections)
        assert unpacked(sections) == sections
    finally:
        seat_map.CHUNK_SEATS, seat_map.CHUNK_BYTES = original  # type: ignore[misc]
    everyone = sorted(seat.seat_id for section in sections for seat in section.seats)
    assert directory.total_seats == len(everyone)
    by_id = []
    for chunk in chunks:
        section = directory.section_name(chunk.section)
        seats = unpack_seats(section, chunk.body)
        if section is None:
            by_id += [seat.seat_id for seat in seats]
        assert len(seats) == chunk.entry.seats <= size
        assert len(chunk.body) < limit or len(seats) == 1
        ids = [seat.seat_id for seat in seats]
        assert (chunk.entry.first_id, chunk.entry.last_id) == (min(ids), max(ids))
    assert by_id in ([], everyone)


def test_a_hundred_thousand_seats_are_a_few_hundred_small_items() -> None:
    sections, _ = build_sections(
        [hall(*[40] * 25, name=f"Block {block}") for block in range(100)], 1_000
    )
    directory, chunks = pack(sections)
    assert directory.total_seats == 100_000
    assert len(chunks) == 400
    assert max(len(chunk.body) for chunk in chunks) < CHUNK_BYTES
    assert len(pack_directory(directory)) < CHUNK_BYTES
