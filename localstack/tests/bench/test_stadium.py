"""The generated stadium is one the API takes, and always the same."""

import json

import pytest
from embedded.bench.scale.stadium import SEATS_A_BLOCK, blocks, seat_map
from embedded.edge import SEAT_MAP_BYTES

from functions.seating.drafts import build_sections
from functions.seating.requests import PutSeatMap


@pytest.mark.parametrize("seats", [25, 100, 1_000, 10_000])
def test_it_has_as_many_seats_as_asked_for_all_in_places_of_their_own(seats: int) -> None:
    sections, warnings = build_sections(PutSeatMap.model_validate(seat_map(seats)).drafts(), None)
    built = [seat for section in sections for seat in section.seats]
    assert len({(seat.x, seat.y) for seat in built}) == len(built) == seats
    assert {len(section.seats) for section in sections} <= {seats % SEATS_A_BLOCK, SEATS_A_BLOCK}
    assert warnings == []


def test_a_block_knows_the_ids_that_its_seats_get() -> None:
    sections, _ = build_sections(PutSeatMap.model_validate(seat_map(1_100)).drafts(), None)
    assert [[seat.seat_id for seat in section.seats] for section in sections] == [
        list(block.seat_ids) for block in blocks(1_100)
    ]


def test_a_hundred_thousand_seats_fit_into_one_request() -> None:
    assert len(json.dumps(seat_map(100_000))) < SEAT_MAP_BYTES


def test_it_is_the_same_each_time() -> None:
    assert seat_map(1_000) == seat_map(1_000)


@pytest.mark.parametrize("seats", [0, 10, 101])
def test_only_whole_rows_are_built(seats: int) -> None:
    with pytest.raises(ValueError, match=f"not {seats}"):
        blocks(seats)
