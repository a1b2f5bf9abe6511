"""Picked seats are free neighbours near the front and center, and leave no single seat behind."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from functions.seating.best_available import any_seats, best_adjacent
from functions.seating.domain import Seat
from functions.seating.drafts import build_sections
from functions.seating.pretix_plan import read_plan
from functions.seating.tests.plans import real_plan
from functions.seating.tests.shows import floor, hall


def seats_of(*sizes: int) -> tuple[Seat, ...]:
    ((section,), _) = build_sections([hall(*sizes)], 1)
    return section.seats


def pick(seats: tuple[Seat, ...], taken: set[int], quantity: int, choices: int = 1) -> list[int]:
    free = {seat.seat_id for seat in seats} - taken
    picked = best_adjacent(seats, free, quantity, Random(1), choices)
    return [seat.seat_id for seat in picked]


def test_the_first_choice_is_the_middle_of_the_first_row() -> None:
    assert pick(seats_of(10, 10), set(), 2) == [5, 6]
    assert pick(seats_of(9, 9), set(), 3) == [4, 5, 6]
    assert pick(seats_of(9, 9), set(), 1) == [5]


def test_the_next_row_is_better_than_the_far_end_of_the_first() -> None:
    assert pick(seats_of(20, 20), set(range(7, 15)), 2) == [30, 31]


def test_it_does_not_leave_a_single_seat_where_it_need_not() -> None:
    # Free in row A: 4 to 7. The two in the middle would leave singles on both sides.
    taken = {1, 2, 3, 8, 9, 10}
    assert pick(seats_of(10), taken, 2) in ([4, 5], [6, 7])
    # Three of four would leave one; the next row has room without.
    assert set(pick(seats_of(10, 10), taken, 3)) <= set(range(11, 21))
    # With nothing else free it still sells them.
    assert pick(seats_of(10), taken, 3) in ([4, 5, 6], [5, 6, 7])


def test_neighbours_are_never_across_a_row_a_taken_seat_or_an_aisle() -> None:
    assert pick(seats_of(3, 3), set(), 4) == []
    assert pick(seats_of(5), {3}, 3) == []
    row = [seat._replace(x=float(x), y=0.0) for seat, x in zip(seats_of(6), _AISLE, strict=True)]
    assert pick(tuple(row), set(), 4) == []
    assert pick(tuple(row), set(), 3) in ([1, 2, 3], [4, 5, 6])


_AISLE = (0, 10, 20, 50, 60, 70)


def test_after_a_lost_race_choices_spread_out() -> None:
    seats = seats_of(20, 20, 20)
    free = {seat.seat_id for seat in seats}
    first = {best_adjacent(seats, free, 2, Random(seed))[0].seat_id for seed in range(40)}
    later = {
        best_adjacent(seats, free, 2, Random(seed), choices=16)[0].seat_id for seed in range(40)
    }
    assert len(first) == 1
    assert len(later) > 8


def test_general_admission_is_any_free_seats_and_everybody_gets_others() -> None:
    ((section,), _) = build_sections([floor(100)], 1)
    free = set(range(11, 101))
    picks = [any_seats(section.seats, free, 4, Random(seed)) for seed in range(20)]
    assert all({seat.seat_id for seat in picked} <= free for picked in picks)
    assert all(len({seat.seat_id for seat in picked}) == 4 for picked in picks)
    assert len({seat.seat_id for picked in picks for seat in picked}) > 40
    assert any_seats(section.seats, {1, 2}, 3, Random(1)) == []


def test_a_real_plan_seats_four_together_in_one_row() -> None:
    drafts, _ = read_plan(real_plan(), None)
    ((section,), _) = build_sections(drafts, 1)
    picked = best_adjacent(section.seats, {seat.seat_id for seat in section.seats}, 4, Random(1))
    assert len({(seat.row, seat.line) for seat in picked}) == 1
    numbers = sorted(int(seat.number) for seat in picked)
    assert numbers[-1] - numbers[0] == 3


@given(
    sizes=st.lists(st.integers(1, 14), min_size=1, max_size=4),
    taken=st.sets(st.integers(1, 56), max_size=30),
    quantity=st.integers(1, 6),
    choices=st.integers(1, 20),
)
def test_any_pick_is_free_together_and_exists_whenever_there_is_one(
    sizes: list[int], taken: set[int], quantity: int, choices: int
) -> None:
    seats = seats_of(*sizes)
    by_id = {seat.seat_id: seat for seat in seats}
    possible = [
        start
        for start in by_id
        if all(
            each in by_id and each not in taken and by_id[each].line == by_id[start].line
            for each in range(start, start + quantity)
        )
    ]
    picked = pick(seats, taken, quantity, choices)
    assert bool(picked) == bool(possible)
    if picked:
        assert picked[0] in possible
        assert picked == list(range(picked[0], picked[0] + quantity))


@given(taken=st.sets(st.integers(1, 24), max_size=16), quantity=st.integers(1, 5))
def test_no_pick_orphans_a_seat_if_another_would_not(taken: set[int], quantity: int) -> None:
    seats = seats_of(12, 12)
    free = {seat.seat_id for seat in seats} - taken

    def singles(now_taken: set[int]) -> int:
        return sum(
            1
            for seat_id in free - now_taken
            if not {seat_id - 1, seat_id + 1} & _row_of(seat_id) & (free - now_taken)
        )

    starts = [
        start
        for start in free
        if all(each in free & _row_of(start) for each in range(start, start + quantity))
    ]
    picked = pick(seats, taken, quantity)
    if picked:
        before = singles(set())
        fewest = min(
            singles(set(range(start, start + quantity)))
            - before
            + _was_single(start, quantity, free)
            for start in starts
        )
        made = singles(set(picked)) - before + _was_single(picked[0], quantity, free)
        assert made == fewest


def _row_of(seat_id: int) -> set[int]:
    return set(range(1, 13)) if seat_id <= 12 else set(range(13, 25))


def _was_single(start: int, quantity: int, free: set[int]) -> int:
    """A single seat that is taken is one single less, which is no merit of the pick."""
    return int(quantity == 1 and not {start - 1, start + 1} & _row_of(start) & free)
