"""A refusal is cheap: what nobody could get a moment ago is not looked for again."""

from functools import partial
from typing import Any

import pytest

from functions.seating import booking
from functions.seating.drafts import DraftRow, DraftSeat, DraftSection
from functions.seating.problems import SeatsUnavailable
from functions.seating.sold_out import SoldOut
from functions.seating.store.store import Store
from functions.seating.tests.shows import Show, floor, hall, new_user_id
from functions.seating.tests.slowed import OVER


@pytest.fixture
def show(store: Store) -> Show:
    """Rows of five and four, told apart by what the function that sells them has seen."""
    show = Show(store, hall(5), hall(4, name="Balcony"))
    show.sold_out = SoldOut(lambda: show.now)
    return show


def refused(show: Show, quantity: int, reads: int = 9, **wish: Any) -> bool:
    """Whether so many are refused, if asked through a client that breaks after so many queries."""
    seen = show.breaking_after(reads, "query")
    try:
        seen.reserve(quantity=quantity, **wish)
    except SeatsUnavailable:
        return True
    return False


def test_who_asks_after_a_refusal_costs_no_look_at_the_claims(show: Show) -> None:
    show.reserve(3)
    assert refused(show, 5, reads=2)
    assert refused(show, 5, reads=0)
    assert refused(show, 6, reads=0)


def test_fewer_seats_are_looked_for(show: Show) -> None:
    show.reserve(3)
    assert refused(show, 5)
    assert [seat.seat_id for seat in show.reserve(quantity=2).seats] == [1, 2]


def test_each_section_is_seen_by_itself(show: Show) -> None:
    show.reserve(3)
    assert refused(show, 4, section="Stalls")
    assert [seat.section for seat in show.reserve(quantity=4).seats] == ["Balcony"] * 4


def test_each_category_is_seen_by_itself(store: Store) -> None:
    seats = (DraftSeat("1", "", category="VIP"), DraftSeat("2", "", category="VIP"))
    show = Show(store, DraftSection("Box", "", (DraftRow("A", (*seats, DraftSeat("3", ""))),)))
    show.sold_out = SoldOut(lambda: show.now)
    assert refused(show, 3, category="VIP")
    assert not refused(show, 3)


def test_a_category_that_no_seat_has_costs_no_look_at_the_claims(show: Show) -> None:
    assert refused(show, 1, reads=0, category="VIP")


def test_seats_given_back_are_offered_a_second_later(show: Show) -> None:
    held = show.reserve(3)
    assert refused(show, 5)
    show.release(held)
    assert refused(show, 5)
    show.later(seconds=0.9)
    assert refused(show, 5)
    show.later(seconds=0.1)
    assert not refused(show, 5)


def test_where_all_are_sold_it_takes_five_seconds(show: Show) -> None:
    sold = show.sell(3)
    assert refused(show, 5, section="Stalls")
    booking.release_sold(show.store, sold.reservation_id, "o", [3], show.now)
    show.later(seconds=4.9)
    assert refused(show, 5, section="Stalls")
    show.later(seconds=0.1)
    assert not refused(show, 5, section="Stalls")


def test_seats_are_offered_the_moment_their_hold_runs_out(show: Show) -> None:
    show.reserve(3)
    show.later(**OVER).later(seconds=-0.5)
    assert refused(show, 5)
    show.later(seconds=0.5)
    assert not refused(show, 5)


def test_general_admission_too(store: Store) -> None:
    show = Show(store, floor(4))
    show.sold_out = SoldOut(lambda: show.now)
    show.sell(1, 2)
    assert refused(show, 3, reads=1)
    assert refused(show, 3, reads=0)
    assert not refused(show, 2)


def test_who_is_refused_only_for_seats_that_rest_stands_in_nobodys_way(show: Show) -> None:
    user = new_user_id()
    show.reserve(3, user_id=user)
    show.later(**OVER)
    mine = partial(refused, show, 5, section="Stalls", user_id=user)
    assert mine()
    assert not refused(show, 5, section="Stalls")


def test_a_look_back_by_an_earlier_clock_sees_nothing(show: Show) -> None:
    held = show.reserve(3)
    assert refused(show, 5)
    show.release(held)
    show.later(seconds=-2)
    assert not refused(show, 5)
