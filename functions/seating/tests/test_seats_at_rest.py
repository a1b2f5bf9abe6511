"""Who let a hold run out leaves its seats to others first, for a minute."""

import pytest

from functions.seating.problems import SeatsJustHeld, SeatsUnavailable
from functions.seating.store.store import Store
from functions.seating.tests.shows import LASTS, Show, hall, new_user_id
from functions.seating.tests.slowed import OVER, RESTS, refusals


def test_who_let_a_hold_run_out_leaves_its_seats_to_others_first(show: Show) -> None:
    user = new_user_id()
    show.reserve(1, 2, user_id=user)
    show.later(**OVER)
    for refused in refusals(show, 2, 3, user_id=user):
        assert isinstance(refused, SeatsJustHeld)
        assert refused.extensions == {"unavailableSeats": [2], "retryAfter": RESTS}
    assert show.claims() == {1: "HELD", 2: "HELD"}


def test_other_seats_are_held_at_once_and_these_by_others(show: Show) -> None:
    user = new_user_id()
    show.reserve(1, 2, user_id=user)
    show.later(**OVER)
    assert show.blind().reserve(3, 4, user_id=user)
    assert show.blind().reserve(1, 2)


def test_a_minute_later_they_may_be_held_again(show: Show) -> None:
    user = new_user_id()
    show.reserve(1, user_id=user)
    show.later(seconds=LASTS.total_seconds() + RESTS - 1)
    assert [each.extensions["retryAfter"] for each in refusals(show, 1, user_id=user)] == [1, 1]
    show.later(seconds=1)
    assert show.blind().reserve(1, user_id=user)


@pytest.mark.parametrize("way", ["other seats between", "given up once over", "both"])
def test_there_is_no_way_around_it(show: Show, way: str) -> None:
    user = new_user_id()
    first = show.reserve(1, user_id=user)
    show.later(**OVER)
    if way != "other seats between":
        show.release(first)
    if way != "given up once over":
        show.release(show.reserve(5, user_id=user))
        show.release(show.reserve(6, user_id=user))
    assert {type(each) for each in refusals(show, 1, user_id=user)} == {SeatsJustHeld}


def test_a_hold_given_up_in_time_is_held_again_at_once(show: Show) -> None:
    user = new_user_id()
    show.release(show.reserve(1, 2, user_id=user))
    assert show.blind().reserve(1, 2, 3, user_id=user)


def test_the_best_that_is_free_is_picked_among_the_others(store: Store) -> None:
    show, user = Show(store, hall(4)), new_user_id()
    show.reserve(1, 2, user_id=user)
    show.later(**OVER)
    assert [seat.seat_id for seat in show.reserve(quantity=2, user_id=user).seats] == [3, 4]


def test_seats_that_rest_are_not_even_tried(store: Store) -> None:
    """Or five tries would be over before a seat is found that the user may have."""
    show, user = Show(store, hall(11)), new_user_id()
    show.reserve(*range(1, 11), user_id=user)
    show.later(**OVER)
    # The record and the event, the map, and the one seat that is picked: a look each.
    once = show.breaking_after(3, "batch_get_item")
    assert [seat.seat_id for seat in once.reserve(quantity=1, user_id=user).seats] == [11]


def test_taken_seats_are_told_before_those_that_rest(show: Show) -> None:
    user = new_user_id()
    show.reserve(1, user_id=user)
    show.later(**OVER)
    show.reserve(2)
    for attempt in (show, show.blind()):
        with pytest.raises(SeatsUnavailable) as refused:
            attempt.reserve(1, 2, user_id=user)
        assert refused.value.extensions["unavailableSeats"] == [2]
