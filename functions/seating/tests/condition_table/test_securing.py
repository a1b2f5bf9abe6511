"""What keeping seats for an order does, refuses, and answers again."""

import pytest

from functions.seating import booking
from functions.seating.domain import ReservationStatus, seconds
from functions.seating.problems import (
    ReservationCompleted,
    ReservationExpired,
    ReservationInPayment,
    ReservationReleased,
    SeatsLost,
)
from functions.seating.tests.shows import LASTS, Show, new_id, new_user_id
from functions.shared.problems import NotFound

OVER = {"seconds": LASTS.total_seconds()}
ORDER, OTHER_ORDER = "order-1", "order-2"


def test_securing_keeps_the_seats_for_the_order_without_an_end(show: Show) -> None:
    reservation = show.reserve(1, 2)
    secured = show.secure(reservation, ORDER)
    assert (secured.status, secured.order_id) == (ReservationStatus.PAYING, ORDER)
    assert show.record(reservation) == secured
    for claim in show.items():
        assert claim["status"] == "PAYING"
        assert claim["orderId"] == ORDER
        # Whose it was is only asked of a hold that ran out.
        assert {"ttl", "expiresAt", "userId"}.isdisjoint(claim)


def test_a_record_that_an_order_pays_for_is_no_tombstone(show: Show) -> None:
    reservation = show.reserve(1)
    assert show.record_item(reservation)["ttl"] >= seconds(reservation.expires_at) + 86_400
    show.secure(reservation, ORDER)
    assert "ttl" not in show.record_item(reservation)


def test_securing_again_is_answered_by_the_record_also_once_sold(show: Show) -> None:
    reservation = show.reserve(1)
    show.secure(reservation, ORDER)
    show.later(days=14)
    before = show.everything(reservation)
    assert show.secure(reservation, ORDER).status is ReservationStatus.PAYING
    assert show.everything(reservation) == before
    show.allocate(reservation, ORDER)
    before = show.everything(reservation)
    assert show.secure(reservation, ORDER).status is ReservationStatus.COMPLETED
    assert show.everything(reservation) == before


def test_an_expired_reservation_cannot_be_secured_though_nothing_has_moved_it(show: Show) -> None:
    reservation = show.reserve(1)
    show.later(**OVER)
    with pytest.raises(ReservationExpired):
        show.secure(reservation, ORDER)
    assert show.claims() == {1: "HELD"}


def test_a_reservation_whose_seats_went_to_another_cannot_be_secured(show: Show) -> None:
    reservation = show.reserve(1, 2)
    show.later(**OVER)
    other = show.reserve(2, 3)
    before = show.items()
    with pytest.raises(ReservationExpired):
        show.secure(reservation, ORDER)
    # Not even by a clock that is behind: the fence is the id.
    show.later(minutes=-10)
    with pytest.raises(SeatsLost):
        show.secure(reservation, ORDER)
    assert show.items() == before
    show.secure(other, OTHER_ORDER)


def test_a_second_order_cannot_secure_what_the_first_pays_for_or_has(show: Show) -> None:
    reservation = show.reserve(1)
    show.secure(reservation, ORDER)
    with pytest.raises(ReservationInPayment):
        show.secure(reservation, OTHER_ORDER)
    show.allocate(reservation, ORDER)
    with pytest.raises(ReservationCompleted):
        show.secure(reservation, OTHER_ORDER)


def test_a_released_reservation_cannot_be_secured(show: Show) -> None:
    reservation = show.reserve(1)
    show.release(reservation)
    with pytest.raises(ReservationReleased):
        show.secure(reservation, ORDER)
    with pytest.raises(NotFound):
        booking.secure(show.store, new_id(), ORDER, show.now)


def test_a_reservation_whose_slot_was_taken_over_cannot_be_secured(show: Show) -> None:
    user = new_user_id()
    reservation = show.reserve(1, user_id=user)
    show.later(**OVER)
    show.reserve(2, user_id=user)
    show.later(seconds=-1)
    with pytest.raises(SeatsLost):
        show.secure(reservation, ORDER)
    assert show.claims() == {1: "HELD", 2: "HELD"}
