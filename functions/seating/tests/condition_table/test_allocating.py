"""What selling seats does, refuses, and answers again."""

import pytest

from functions.seating import booking
from functions.seating.domain import ReservationStatus, Slot
from functions.seating.problems import (
    SeatsLost,
)
from functions.seating.tests.shows import Show, new_id, new_user_id

ORDER, OTHER_ORDER = "order-1", "order-2"


def test_allocating_sells_the_seats_and_frees_the_slot_however_late(show: Show) -> None:
    user = new_user_id()
    reservation = show.reserve(1, 2, user_id=user)
    show.secure(reservation, ORDER)
    show.later(days=3)
    sold = show.allocate(reservation, ORDER)
    assert sold.status is ReservationStatus.COMPLETED
    assert show.record(reservation) == sold
    assert show.claims() == {1: "ALLOCATED", 2: "ALLOCATED"}
    assert show.slot(user) == Slot(sold_qty=2)


def test_allocating_again_counts_nothing_twice(show: Show) -> None:
    reservation = show.reserve(1)
    show.secure(reservation, ORDER)
    show.allocate(reservation, ORDER)
    before = show.everything(reservation)
    show.later(days=14)
    assert show.allocate(reservation, ORDER).status is ReservationStatus.COMPLETED
    assert show.everything(reservation) == before


def test_an_order_cannot_allocate_anothers_hold(show: Show) -> None:
    reservation = show.reserve(1)
    with pytest.raises(SeatsLost):
        show.allocate(reservation, ORDER)
    show.secure(reservation, ORDER)
    before = show.everything(reservation)
    with pytest.raises(SeatsLost):
        show.allocate(reservation, OTHER_ORDER)
    assert show.everything(reservation) == before
    with pytest.raises(SeatsLost):
        booking.allocate(show.store, new_id(), ORDER, show.now)


def test_an_order_whose_seat_was_lost_to_damage_sells_none_of_them(show: Show) -> None:
    reservation = show.reserve(1, 2)
    show.secure(reservation, ORDER)
    show.damage(2)
    with pytest.raises(SeatsLost) as lost:
        show.allocate(reservation, ORDER)
    assert lost.value.extensions["unavailableSeats"] == [2]
    assert show.claims() == {1: "PAYING"}


def test_seats_given_back_after_the_verdict_are_not_sold_by_a_late_allocate(show: Show) -> None:
    reservation = show.reserve(1)
    show.secure(reservation, ORDER)
    show.release(reservation, ORDER)
    with pytest.raises(SeatsLost):
        show.allocate(reservation, ORDER)
    assert show.claims() == {}
