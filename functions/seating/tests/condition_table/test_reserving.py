"""What reserving does, refuses, and answers again."""

import pytest

from functions.seating import blocks, booking
from functions.seating.domain import ClaimStatus, ReservationStatus, seconds
from functions.seating.problems import (
    ActiveReservationExists,
    SeatsUnavailable,
    TicketLimitReached,
)
from functions.seating.tests.shows import LASTS, Show, new_id, new_user_id
from functions.shared.problems import IdempotencyKeyReused

OVER = {"seconds": LASTS.total_seconds()}
ORDER = "order-1"


def test_a_reservation_holds_every_seat_until_its_time_is_over(show: Show) -> None:
    reservation = show.reserve(1, 2)
    assert show.claims() == {1: "HELD", 2: "HELD"}
    assert reservation.expires_at == show.now + LASTS
    assert reservation.total_cents == 2_000
    assert show.record(reservation) == reservation


def test_a_held_claim_has_a_ttl_in_epoch_seconds_five_minutes_after_its_end(show: Show) -> None:
    reservation = show.reserve(1)
    (claim,) = show.items()
    assert claim["expiresAt"] == seconds(reservation.expires_at)
    assert claim["ttl"] == seconds(reservation.expires_at) + 300


def test_taken_seats_are_named_and_the_others_stay_free(show: Show) -> None:
    show.reserve(2, 3)
    with pytest.raises(SeatsUnavailable) as refused:
        show.reserve(1, 2, 3, 4)
    assert refused.value.extensions["unavailableSeats"] == [2, 3]
    assert show.claims() == {2: "HELD", 3: "HELD"}


def test_seats_taken_between_the_look_and_the_write_are_named_by_the_table(show: Show) -> None:
    blind = show.blind()
    show.reserve(2, 3)
    with pytest.raises(SeatsUnavailable) as refused:
        blind.reserve(1, 2, 3)
    assert refused.value.extensions["unavailableSeats"] == [2, 3]
    assert show.claims() == {2: "HELD", 3: "HELD"}


@pytest.mark.parametrize("status", [ClaimStatus.PAYING, ClaimStatus.ALLOCATED, ClaimStatus.BLOCKED])
def test_time_never_frees_a_seat_that_is_paying_sold_or_blocked(
    show: Show, status: ClaimStatus
) -> None:
    if status is ClaimStatus.BLOCKED:
        blocks.block(show.store, show.published.state, [1], show.now)
    else:
        reservation = show.reserve(1)
        show.secure(reservation, ORDER)
        if status is ClaimStatus.ALLOCATED:
            show.allocate(reservation, ORDER)
    show.later(days=400)
    for attempt in (show, show.blind()):
        with pytest.raises(SeatsUnavailable):
            attempt.reserve(1)
    assert show.claims() == {1: status}


def test_an_expired_hold_is_anybodys_from_its_last_second_on(show: Show) -> None:
    show.reserve(1)
    show.later(seconds=LASTS.total_seconds() - 1)
    with pytest.raises(SeatsUnavailable):
        show.reserve(1)
    show.later(seconds=1)
    mine = show.reserve(1)
    (claim,) = show.items()
    assert claim["reservationId"] == mine.reservation_id


def test_a_user_has_one_active_reservation_for_an_event(show: Show) -> None:
    user = new_user_id()
    first = show.reserve(1, user_id=user)
    for attempt in (show, show.blind()):
        with pytest.raises(ActiveReservationExists) as refused:
            attempt.reserve(2, user_id=user)
        assert refused.value.extensions["reservationId"] == first.reservation_id
    Show(show.store).reserve(1, user_id=user)
    show.later(**OVER).reserve(2, user_id=user)


def test_a_slot_is_not_taken_over_while_an_order_pays_however_late(show: Show) -> None:
    user = new_user_id()
    show.secure(show.reserve(1, user_id=user), ORDER)
    show.later(days=2)
    for attempt in (show, show.blind()):
        with pytest.raises(ActiveReservationExists):
            attempt.reserve(2, user_id=user)


def test_nobody_gets_an_eleventh_ticket(show: Show) -> None:
    user = new_user_id()
    show.sell(1, 2, 3, 4, 5, 6, 7, user_id=user)
    for attempt in (show, show.blind()):
        with pytest.raises(TicketLimitReached):
            attempt.reserve(8, 9, 10, 11, user_id=user)
    show.sell(8, 9, 10, user_id=user)
    with pytest.raises(TicketLimitReached):
        show.reserve(11, user_id=user)


def test_a_refund_makes_room_for_another_ticket(show: Show) -> None:
    user = new_user_id()
    sold = show.sell(*range(1, 11), user_id=user, order_id=ORDER)
    booking.release_sold(show.store, sold.reservation_id, ORDER, [4, 5], show.now)
    show.reserve(4, 5, user_id=user)


def test_reserving_again_under_one_id_takes_nothing_and_answers_the_same(show: Show) -> None:
    user, reservation_id = new_user_id(), new_id()
    first = show.reserve(1, 2, user_id=user, reservation_id=reservation_id)
    show.later(minutes=1)
    before = show.items()
    again = show.reserve(2, 1, user_id=user, reservation_id=reservation_id)
    assert (again, show.items()) == (first, before)


def test_a_replayed_reserve_takes_nothing_after_the_seats_were_sold_or_given_back(
    show: Show,
) -> None:
    user, reservation_id = new_user_id(), new_id()
    reservation = show.reserve(1, user_id=user, reservation_id=reservation_id)
    show.secure(reservation, ORDER)
    sold = show.allocate(reservation, ORDER)
    assert show.reserve(1, user_id=user, reservation_id=reservation_id) == sold
    assert show.claims() == {1: "ALLOCATED"}

    gone = show.reserve(2, user_id=user)
    show.release(gone)
    again = show.reserve(2, user_id=user, reservation_id=gone.reservation_id)
    assert again.status is ReservationStatus.RELEASED
    assert show.claims() == {1: "ALLOCATED"}


def test_a_twin_that_comes_between_look_and_write_is_answered_by_the_record(show: Show) -> None:
    user, reservation_id = new_user_id(), new_id()
    blind = show.blind()
    first = show.reserve(1, user_id=user, reservation_id=reservation_id)
    assert blind.reserve(1, user_id=user, reservation_id=reservation_id) == first


def test_one_id_for_two_wishes_is_refused(show: Show) -> None:
    reservation_id = new_id()
    user = new_user_id()
    show.reserve(1, user_id=user, reservation_id=reservation_id)
    for attempt in (show, show.blind()):
        with pytest.raises(IdempotencyKeyReused):
            attempt.reserve(2, user_id=user, reservation_id=reservation_id)
        with pytest.raises(IdempotencyKeyReused):
            attempt.reserve(1, user_id=new_user_id(), reservation_id=reservation_id)
    assert show.claims() == {1: "HELD"}
