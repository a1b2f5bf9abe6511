"""Many at once on one table: a seat has one owner, and a loser has nothing."""

from collections import Counter
from copy import copy
from datetime import timedelta
from functools import partial
from random import Random

import pytest

from functions.seating.domain import MAX_SEATS_A_RESERVATION, Reservation
from functions.seating.problems import (
    ActiveReservationExists,
    ReservationCompleted,
    ReservationInPayment,
    ReservationReleased,
    SeatsLost,
    SeatsUnavailable,
)
from functions.seating.store.store import Store
from functions.seating.tests.racing import at_once
from functions.seating.tests.shows import Show, floor, hall, new_id, new_user_id

CLIENTS = 16


def owners(show: Show) -> dict[int, str]:
    return {int(item["SK"]): item["reservationId"] for item in show.items()}


def test_overlapping_seats_are_sold_once_and_losers_hold_none_and_hear_which(
    store: Store,
) -> None:
    rng = Random(4)
    for _ in range(3):
        show = Show(store, hall(12))
        wishes = [rng.sample(range(1, 13), 4) for _ in range(CLIENTS)]
        results = at_once([partial(show.reserve, *wish) for wish in wishes])
        held = owners(show)
        winners = [each for each in results if isinstance(each, Reservation)]
        assert winners
        assert sum(len(winner.seats) for winner in winners) == len(held)
        for wish, result in zip(wishes, results, strict=True):
            if isinstance(result, Reservation):
                assert {held[seat_id] for seat_id in wish} == {result.reservation_id}
            else:
                assert isinstance(result, SeatsUnavailable)
                named = result.extensions["unavailableSeats"]
                # No hold ended meanwhile, so what was taken then is taken still.
                assert named
                assert set(named) <= set(wish) & set(held)


def test_sixteen_who_want_the_same_seat_leave_one_owner(store: Store) -> None:
    for blind in (False, True):
        show = Show(store, hall(3))
        everyone = [show.blind() if blind else show for _ in range(CLIENTS)]
        results = at_once([partial(who.reserve, 2) for who in everyone])
        winners = [each for each in results if isinstance(each, Reservation)]
        losers = [each for each in results if isinstance(each, SeatsUnavailable)]
        assert (len(winners), len(losers)) == (1, CLIENTS - 1)
        assert all(loser.extensions["unavailableSeats"] == [2] for loser in losers)


def test_one_user_on_sixteen_devices_gets_one_reservation(store: Store) -> None:
    show = Show(store, hall(CLIENTS))
    user = new_user_id()
    results = at_once([partial(show.blind().reserve, seat, user_id=user) for seat in range(1, 17)])
    kinds = Counter(type(result) for result in results)
    assert kinds == {Reservation: 1, ActiveReservationExists: CLIENTS - 1}
    assert len(show.claims()) == 1


def test_one_request_sent_sixteen_times_makes_one_reservation(store: Store) -> None:
    show = Show(store, hall(12))
    user, reservation_id = new_user_id(), new_id()
    results = at_once(
        [partial(show.reserve, quantity=3, user_id=user, reservation_id=reservation_id)] * CLIENTS
    )
    assert len(set(results)) == 1
    assert len(show.claims()) == 3


def test_best_available_serves_everybody_there_is_room_for(store: Store) -> None:
    show = Show(store, hall(8, 8, 8, 8, 8, 8))
    results = at_once([partial(show.reserve, quantity=2)] * CLIENTS)
    winners = [each for each in results if isinstance(each, Reservation)]
    assert len(show.claims()) == 2 * len(winners)
    assert len(winners) >= CLIENTS // 2
    for winner in winners:
        first, second = winner.seats
        assert first.row == second.row
        assert int(second.number) - int(first.number) == 1


def test_general_admission_sells_out_exactly(store: Store) -> None:
    show = Show(store, floor(40))
    sold = 0
    for _ in range(12):
        results = at_once([partial(show.reserve, quantity=4)] * CLIENTS)
        sold += sum(isinstance(each, Reservation) for each in results)
        if sold == 10:
            break
    assert sold == 10
    assert len(show.claims()) == 40


@pytest.mark.parametrize("_round", range(6))
def test_a_release_and_a_payment_that_meet_leave_one_of_both(show: Show, _round: int) -> None:
    reservation = show.reserve(1, 2, 3)
    secured, released = at_once(
        [partial(show.secure, reservation, "o"), partial(show.release, reservation)]
    )
    if isinstance(released, ReservationInPayment):
        assert isinstance(secured, Reservation)
        assert set(show.claims().values()) == {"PAYING"}
    else:
        assert released is None
        assert isinstance(secured, ReservationReleased)
        assert show.claims() == {}


@pytest.mark.parametrize("_round", range(6))
def test_clocks_that_disagree_about_the_end_never_make_two_owners(show: Show, _round: int) -> None:
    reservation = show.reserve(1, 2, 3)
    ahead, behind = copy(show), copy(show)
    ahead.now = reservation.expires_at
    behind.now = reservation.expires_at - timedelta(seconds=1)
    secured, taken = at_once(
        [partial(behind.secure, reservation, "o"), partial(ahead.reserve, 2, 3, 4)]
    )
    if isinstance(secured, Reservation):
        assert isinstance(taken, SeatsUnavailable)
        assert show.claims() == dict.fromkeys((1, 2, 3), "PAYING")
    else:
        assert isinstance(secured, SeatsLost)
        assert isinstance(taken, Reservation)
        assert {owners(show)[seat] for seat in (2, 3, 4)} == {taken.reservation_id}


@pytest.mark.parametrize("_round", range(6))
def test_a_void_and_a_capture_never_both_happen_to_the_seats(show: Show, _round: int) -> None:
    reservation = show.reserve(*range(1, MAX_SEATS_A_RESERVATION + 1))
    show.secure(reservation, "o")
    allocated, released = at_once(
        [partial(show.allocate, reservation, "o"), partial(show.release, reservation, "o")]
    )
    if isinstance(allocated, Reservation):
        assert isinstance(released, ReservationCompleted)
        assert set(show.claims().values()) == {"ALLOCATED"}
    else:
        assert isinstance(allocated, SeatsLost)
        assert released is None
        assert show.claims() == {}
