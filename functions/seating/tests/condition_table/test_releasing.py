"""What giving seats back does, refuses, and answers again."""

import pytest

from functions.seating.domain import ReservationStatus, Slot
from functions.seating.problems import (
    ReservationCompleted,
    ReservationInPayment,
    ReservationReleased,
)
from functions.seating.store.operations import OperationRefused
from functions.seating.tests.shows import LASTS, Show, new_user_id

OVER = {"seconds": LASTS.total_seconds()}
ORDER, OTHER_ORDER = "order-1", "order-2"


def test_a_customer_gives_up_a_hold_and_may_hold_again(show: Show) -> None:
    user = new_user_id()
    reservation = show.reserve(1, 2, user_id=user)
    show.release(reservation)
    assert show.claims() == {}
    assert show.record(reservation).status is ReservationStatus.RELEASED
    assert show.slot(user) == Slot()
    show.reserve(1, user_id=user)


def test_releasing_again_does_not_touch_what_others_hold_now(show: Show) -> None:
    reservation = show.reserve(1)
    show.release(reservation)
    other = show.reserve(1)
    before = show.everything(other)
    show.release(reservation)
    show.release(reservation, ORDER)
    assert show.everything(other) == before


def test_a_customer_cannot_release_what_an_order_pays_for_or_has_paid(show: Show) -> None:
    reservation = show.reserve(1)
    show.secure(reservation, ORDER)
    before = show.everything(reservation)
    with pytest.raises(ReservationInPayment):
        show.release(reservation)
    assert show.everything(reservation) == before
    show.allocate(reservation, ORDER)
    before = show.everything(reservation)
    with pytest.raises(ReservationCompleted):
        show.release(reservation)
    with pytest.raises(ReservationCompleted):
        show.release(reservation, ORDER)
    assert show.everything(reservation) == before


def test_another_order_has_nothing_to_give_back(show: Show) -> None:
    reservation = show.reserve(1)
    show.secure(reservation, ORDER)
    before = show.everything(reservation)
    show.release(reservation, OTHER_ORDER)
    assert show.everything(reservation) == before
    show.release(reservation, ORDER)
    assert show.claims() == {}


def test_an_order_that_never_secured_gives_its_hold_back(show: Show) -> None:
    reservation = show.reserve(1)
    show.release(reservation, ORDER)
    assert show.claims() == {}
    with pytest.raises(ReservationReleased):
        show.secure(reservation, ORDER)


def test_releasing_after_the_end_shuts_out_a_secure_that_is_still_on_its_way(show: Show) -> None:
    reservation = show.reserve(1)
    show.later(**OVER)
    show.release(reservation, ORDER)
    show.later(minutes=-1)
    with pytest.raises(ReservationReleased):
        show.secure(reservation, ORDER)
    assert show.claims() == {}


def test_releasing_leaves_seats_that_went_to_others_and_frees_the_rest(show: Show) -> None:
    reservation = show.reserve(1, 2, 3)
    show.later(**OVER)
    show.damage(3)
    other = show.reserve(2)
    show.release(reservation, ORDER)
    (left,) = show.items()
    assert (left["SK"], left["reservationId"]) == ("2", other.reservation_id)
    assert show.record(reservation).status is ReservationStatus.RELEASED


def test_releasing_never_fails_on_a_slot_that_moved_on(show: Show) -> None:
    user = new_user_id()
    reservation = show.reserve(1, 2, user_id=user)
    show.later(**OVER)
    newer = show.reserve(3, user_id=user)
    show.release(reservation, ORDER)
    assert show.claims() == {3: "HELD"}
    assert show.slot(user).active == newer.reservation_id

    third = show.reserve(5, 6)
    show.later(**OVER)
    show.reserve(6)
    show.reserve(7, user_id=third.user_id)
    show.release(third, ORDER)
    assert show.claims() == {3: "HELD", 6: "HELD", 7: "HELD"}
    assert show.record(third).status is ReservationStatus.RELEASED


def test_even_seat_by_seat_a_release_frees_only_holds_and_its_own_orders_seats(
    show: Show,
) -> None:
    reservation = show.reserve(1, 2)
    show.secure(reservation, ORDER)
    for order_id in (None, OTHER_ORDER):
        with pytest.raises(OperationRefused):
            show.store.operations.release_remaining(reservation, order_id, show.now)
    assert show.claims() == {1: "PAYING", 2: "PAYING"}
    show.store.operations.release_remaining(reservation, ORDER, show.now)
    assert show.claims() == {}


def test_a_release_that_broke_off_between_seats_is_taken_up_again(show: Show) -> None:
    reservation = show.reserve(1, 2, 3)
    show.secure(reservation, ORDER)
    show.damage(1)
    broken = show.breaking_after(2, "delete_item")
    with pytest.raises(ConnectionResetError):
        broken.release(reservation, ORDER)
    assert show.claims() == {3: "PAYING"}
    assert show.record(reservation).status is ReservationStatus.PAYING
    show.release(reservation, ORDER)
    assert show.claims() == {}
    assert show.record(reservation).status is ReservationStatus.RELEASED
