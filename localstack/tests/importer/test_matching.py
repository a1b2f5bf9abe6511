"""What is there already is recognised by what it is."""

from datetime import UTC, datetime, timedelta

import pytest
from embedded.importer.matching import LEAD, match, new_shift, shift_of

JAN_5 = datetime(2024, 1, 5, 19, tzinfo=UTC)
WEEK = timedelta(days=7)
SHIFT = timedelta(days=1100)


def _series(made: int) -> list[tuple[int, datetime, datetime]]:
    """Every pair of a weekly series of five with its first events, as an import made them."""
    dates = [JAN_5 + n * WEEK for n in range(5)]
    return [
        (place, date, existing + SHIFT)
        for place, date in enumerate(dates)
        for existing in dates[:made]
    ]


def _letter(thing: str) -> str:
    return thing[0]


def test_things_that_are_alike_are_told_apart_by_their_order() -> None:
    pairs = match(["a1", "b1", "a2", "a3"], ["a-old", "c-old", "a-new"], _letter, _letter)
    assert pairs == [("a1", "a-old"), ("b1", None), ("a2", "a-new"), ("a3", None)]


@pytest.mark.parametrize("made", [1, 2, 3, 4, 5])
def test_the_shift_of_a_series_broken_off_anywhere_is_found_again(made: int) -> None:
    assert shift_of(_series(made)) == shift_of(reversed(_series(made))) == SHIFT


def test_one_event_that_was_put_off_does_not_outvote_the_others() -> None:
    put_off = (0, JAN_5, JAN_5 + SHIFT + 3 * WEEK)
    others = [(n, JAN_5 + n * WEEK, JAN_5 + n * WEEK + SHIFT) for n in (1, 2)]
    assert shift_of([put_off, *others]) == SHIFT


@pytest.mark.parametrize(
    "pairs", [[], [(0, JAN_5, JAN_5 + SHIFT + timedelta(minutes=5))]], ids=["none", "other time"]
)
def test_no_event_at_the_same_time_of_day_means_no_import_before(
    pairs: list[tuple[int, datetime, datetime]],
) -> None:
    assert shift_of(pairs) is None


@pytest.mark.parametrize(
    "now", [JAN_5, JAN_5 + timedelta(seconds=1), JAN_5 + timedelta(days=1000, hours=7)]
)
def test_every_open_event_is_moved_ahead_by_whole_days_and_no_more_than_needed(
    now: datetime,
) -> None:
    shift = new_shift([JAN_5 + WEEK, JAN_5], now)
    assert shift % timedelta(days=1) == timedelta(0)
    assert LEAD <= JAN_5 + shift - now < LEAD + timedelta(days=1)


def test_events_that_lie_ahead_already_are_not_moved() -> None:
    assert new_shift([JAN_5], JAN_5 - WEEK) == timedelta(0)
    assert new_shift([], JAN_5) == timedelta(0)
