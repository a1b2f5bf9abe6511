"""Every row of the condition table: what each operation does, refuses, and answers again."""

import pytest

from functions.seating.domain import ReservationStatus
from functions.seating.problems import (
    ActiveReservationExists,
    SeatsUnavailable,
)
from functions.seating.tests.shows import LASTS, Show, new_user_id


def test_a_reservation_holds_every_seat_until_its_time_is_over(show: Show) -> None:
    reservation = show.reserve(1, 2)
    assert show.claims() == {1: "HELD", 2: "HELD"}
    assert reservation.expires_at == show.now + LASTS
    assert reservation.total_cents == 2_000


def test_a_held_seat_is_refused_and_named_and_the_others_stay_free(show: Show) -> None:
    show.reserve(2, 3)
    with pytest.raises(SeatsUnavailable) as refused:
        show.reserve(1, 2, 3, 4)
    assert refused.value.extensions["unavailableSeats"] == [2, 3]
    assert show.claims() == {2: "HELD", 3: "HELD"}


def test_booking(show: Show) -> None:
    user = new_user_id()
    reservation = show.reserve(1, 2, user_id=user)
    with pytest.raises(ActiveReservationExists):
        show.reserve(5, user_id=user)
    show.secure(reservation, "o-1")
    assert show.claims() == {1: "PAYING", 2: "PAYING"}
    assert {"ttl", "expiresAt"}.isdisjoint(show.items()[0])
    show.later(days=1)
    sold = show.allocate(reservation, "o-1")
    assert sold.status is ReservationStatus.COMPLETED
    assert show.claims() == {1: "ALLOCATED", 2: "ALLOCATED"}
    assert show.record(reservation).status is ReservationStatus.COMPLETED
    show.reserve(5, user_id=user)
