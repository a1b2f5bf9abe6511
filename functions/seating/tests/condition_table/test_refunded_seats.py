"""What giving sold seats back does, refuses, and answers again."""

import pytest

from functions.seating import booking
from functions.seating.domain import Slot
from functions.seating.tests.shows import Show, new_id, new_user_id
from functions.shared.problems import NotFound, ValidationFailed

ORDER, OTHER_ORDER = "order-1", "order-2"


def test_a_refund_frees_exactly_its_seats_once(show: Show) -> None:
    user = new_user_id()
    sold = show.sell(1, 2, 3, user_id=user, order_id=ORDER)
    freed = booking.release_sold(show.store, sold.reservation_id, ORDER, [1, 2], show.now)
    assert freed == [1, 2]
    assert show.claims() == {3: "ALLOCATED"}
    assert show.slot(user) == Slot(sold_qty=1)
    again = booking.release_sold(show.store, sold.reservation_id, ORDER, [1, 2], show.now)
    assert again == []
    assert show.slot(user) == Slot(sold_qty=1)


def test_a_late_refund_never_frees_a_seat_that_was_sold_again(show: Show) -> None:
    sold = show.sell(1, order_id=ORDER)
    booking.release_sold(show.store, sold.reservation_id, ORDER, [1], show.now)
    again = show.sell(1, order_id=OTHER_ORDER)
    before = show.everything(again)
    assert booking.release_sold(show.store, sold.reservation_id, ORDER, [1], show.now) == []
    assert show.everything(again) == before


def test_another_orders_refund_frees_nothing(show: Show) -> None:
    sold = show.sell(1, order_id=ORDER)
    freed = booking.release_sold(show.store, sold.reservation_id, OTHER_ORDER, [1], show.now)
    assert freed == []
    assert show.claims() == {1: "ALLOCATED"}


def test_a_refund_of_seats_that_are_still_paid_for_frees_nothing(show: Show) -> None:
    reservation = show.reserve(1)
    show.secure(reservation, ORDER)
    assert booking.release_sold(show.store, reservation.reservation_id, ORDER, [1], show.now) == []
    assert show.claims() == {1: "PAYING"}


def test_a_refund_names_only_seats_of_its_reservation(show: Show) -> None:
    sold = show.sell(1, order_id=ORDER)
    with pytest.raises(ValidationFailed):
        booking.release_sold(show.store, sold.reservation_id, ORDER, [1, 2], show.now)
    with pytest.raises(NotFound):
        booking.release_sold(show.store, new_id(), ORDER, [1], show.now)
    assert show.claims() == {1: "ALLOCATED"}
