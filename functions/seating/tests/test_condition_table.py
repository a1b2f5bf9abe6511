"""Every row of the condition table: what each operation does, refuses, and answers again."""

import pytest

from functions.seating import blocks, booking
from functions.seating.domain import ClaimStatus, ReservationStatus, Slot, seconds
from functions.seating.problems import (
    ActiveReservationExists,
    ReservationCompleted,
    ReservationExpired,
    ReservationInPayment,
    ReservationReleased,
    SeatsLost,
    SeatsNotBlocked,
    SeatsUnavailable,
    TicketLimitReached,
)
from functions.seating.store.keys import claim_key
from functions.seating.store.operations import OperationRefused
from functions.seating.tests.shows import LASTS, Show, new_id, new_user_id
from functions.shared.problems import IdempotencyKeyReused, NotFound, ValidationFailed

OVER = {"seconds": LASTS.total_seconds()}
ORDER, OTHER_ORDER = "order-1", "order-2"


# RESERVE


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


# SECURE


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


# ALLOCATE


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


# RELEASE


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


# RELEASE-SOLD


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


# BLOCK and UNBLOCK


def test_blocked_seats_are_off_sale_until_unblocked(show: Show) -> None:
    state = show.published.state
    blocks.block(show.store, state, [1, 2], show.now)
    with pytest.raises(SeatsUnavailable) as refused:
        show.reserve(1, 3)
    assert refused.value.extensions["unavailableSeats"] == [1]
    blocks.unblock(show.store, state, [1, 2])
    show.reserve(1, 3)


def test_only_free_seats_are_blocked_and_the_taken_are_named(show: Show) -> None:
    show.reserve(1)
    show.sell(2)
    with pytest.raises(SeatsUnavailable) as refused:
        blocks.block(show.store, show.published.state, [1, 2, 3], show.now)
    assert refused.value.extensions["unavailableSeats"] == [1, 2]
    assert show.claims() == {1: "HELD", 2: "ALLOCATED"}
    show.later(**OVER)
    blocks.block(show.store, show.published.state, [1, 3], show.now)
    assert show.claims() == {1: "BLOCKED", 2: "ALLOCATED", 3: "BLOCKED"}


def test_unblocking_never_frees_a_held_or_sold_seat(show: Show) -> None:
    show.reserve(1)
    show.sell(2)
    blocks.block(show.store, show.published.state, [3], show.now)
    with pytest.raises(SeatsNotBlocked) as refused:
        blocks.unblock(show.store, show.published.state, [1, 2, 3, 4])
    assert refused.value.extensions["unavailableSeats"] == [1, 2, 4]
    assert show.claims() == {1: "HELD", 2: "ALLOCATED", 3: "BLOCKED"}


def test_a_claim_that_is_gone_is_a_free_seat(show: Show) -> None:
    show.reserve(1)
    assert show.store.table.get(claim_key(show.event_id, "Stalls", 1)) is not None
    show.damage(1)
    show.reserve(1)
