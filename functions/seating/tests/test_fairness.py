"""Who holds seats again and again without buying any waits; nobody else does."""

from datetime import UTC, datetime, timedelta
from functools import partial
from types import ModuleType
from typing import Any

import pytest

from functions.seating.domain import HOLDS_COUNTED, Reservation
from functions.seating.problems import SeatsUnavailable, TooManyHolds
from functions.seating.refusals import Refusals
from functions.seating.reservations import reserve
from functions.seating.store.store import Store
from functions.seating.tests.callers import another
from functions.seating.tests.racing import at_once
from functions.seating.tests.shows import (
    ORGANIZER,
    TERMS,
    UNHURRIED,
    Show,
    floor,
    hall,
    new_id,
    new_user_id,
)
from functions.seating.tests.slowed import COUNTS, OVER, give_up, refusals
from functions.seating.wishes import Wish
from functions.shared.problems import Problem
from functions.shared.tests.deployed import Answer, Client, LocalIssuer
from functions.shared.tokens import Principal, Role

# Holding too often


def test_after_ten_holds_that_came_to_nothing_the_eleventh_waits(show: Show) -> None:
    user = new_user_id()
    give_up(show, user, HOLDS_COUNTED)
    for refused in refusals(show, 1, user_id=user):
        assert isinstance(refused, TooManyHolds)
        # The first of them began ten seconds ago.
        assert refused.extensions["retryAfter"] == COUNTS - HOLDS_COUNTED
        assert refused.headers["Retry-After"] == "590"
    assert show.claims() == {}


def test_whoever_comes_back_when_told_to_gets_seats_and_not_a_second_earlier(show: Show) -> None:
    user = new_user_id()
    give_up(show, user, HOLDS_COUNTED, every=0)
    show.later(seconds=COUNTS - 1)
    assert [each.extensions["retryAfter"] for each in refusals(show, 1, user_id=user)] == [1, 1]
    show.later(seconds=1)
    assert show.blind().reserve(1, user_id=user)


def test_each_hold_counts_for_its_own_ten_minutes(show: Show) -> None:
    """However they are spread: any ten minutes have ten holds at most."""
    user = new_user_id()
    begun = []
    for _ in range(300):
        try:
            show.release(show.blind().reserve(1, user_id=user))
            begun.append(show.now)
        except TooManyHolds:
            pass
        show.later(seconds=11)
    for first, eleventh in zip(begun, begun[HOLDS_COUNTED:], strict=False):
        assert eleventh - first >= TERMS.counts
    # And it is no more than that which is refused.
    assert len(begun) >= 5 * HOLDS_COUNTED


def test_holds_that_ran_out_count_as_well(store: Store) -> None:
    terms = TERMS._replace(lasts=timedelta(seconds=5))
    show, user = Show(store, hall(20), terms=terms), new_user_id()
    for seat_id in range(1, HOLDS_COUNTED + 1):
        show.reserve(seat_id, user_id=user)
        show.later(seconds=5)
    assert {type(each) for each in refusals(show, 12, user_id=user)} == {TooManyHolds}


def test_what_is_bought_does_not_count(show: Show) -> None:
    user = new_user_id()
    for seat_id in range(2, 1 + HOLDS_COUNTED):
        give_up(show, user)
        show.sell(seat_id, user_id=user)
    # Nine were given up and nine bought.
    give_up(show, user)
    assert {type(each) for each in refusals(show, 1, user_id=user)} == {TooManyHolds}


def test_a_sale_gives_back_its_own_count_and_no_other(show: Show) -> None:
    """The tenth is the oldest that counts again, at its own time."""
    user = new_user_id()
    give_up(show, user, HOLDS_COUNTED - 1, every=10)
    show.sell(2, user_id=user)
    give_up(show, user)
    first = refusals(show, 1, user_id=user)[0]
    assert first.extensions["retryAfter"] == COUNTS - 10 * (HOLDS_COUNTED - 1) - 1


def test_an_order_that_was_given_up_counts(show: Show) -> None:
    user = new_user_id()
    for _ in range(HOLDS_COUNTED):
        reservation = show.reserve(1, user_id=user)
        show.secure(reservation, "o")
        show.release(reservation, "o")
    assert {type(each) for each in refusals(show, 1, user_id=user)} == {TooManyHolds}


def test_other_users_and_other_events_are_untouched(show: Show) -> None:
    user = new_user_id()
    give_up(show, user, HOLDS_COUNTED)
    assert show.reserve(1)
    assert Show(show.store).reserve(1, user_id=user)


def test_a_replay_is_answered_however_often_was_held(show: Show) -> None:
    user, reservation_id = new_user_id(), new_id()
    first = show.reserve(1, user_id=user, reservation_id=reservation_id)
    show.release(first)
    give_up(show, user, HOLDS_COUNTED - 1)
    refusals(show, 1, user_id=user)
    again = show.reserve(1, user_id=user, reservation_id=reservation_id)
    assert again.reservation_id == first.reservation_id


def test_a_refusal_counts_for_nothing(show: Show) -> None:
    user = new_user_id()
    show.reserve(1)
    for _ in range(2 * HOLDS_COUNTED):
        with pytest.raises(SeatsUnavailable):
            show.blind().reserve(1, user_id=user)
    give_up(Show(show.store), user, 1)
    assert show.reserve(2, user_id=user)


def test_sixteen_devices_that_take_and_give_back_hold_ten_times_at_most(store: Store) -> None:
    show, user = Show(store, floor(64)), new_user_id()
    held: list[str] = []

    def cycle(who: Show) -> None:
        for _ in range(6):
            try:
                reservation = who.reserve(quantity=1, user_id=user)
            except Problem:
                continue
            held.append(reservation.reservation_id)
            who.release(reservation)

    at_once([partial(cycle, show.blind()) for _ in range(16)])
    assert len(set(held)) == HOLDS_COUNTED
    assert {type(each) for each in refusals(show, 1, user_id=user)} == {TooManyHolds}


# Organizers


def test_an_organizer_is_not_slowed(show: Show) -> None:
    """For whomever they reserve; to that user it counts, as each hold of theirs does."""
    user = new_user_id()
    give_up(show, user, HOLDS_COUNTED)

    def by(caller: Principal) -> Reservation:
        wish = Wish(show.event_id, (1,))
        args = (show.store, wish, user, new_id(), show.now, TERMS, Refusals())
        return reserve(*args, caller=caller).reservation

    show.release(by(Principal(ORGANIZER, Role.EVENT_ORGANIZER)))
    show.release(by(Principal(1, Role.ADMIN)))
    with pytest.raises(TooManyHolds):
        by(Principal(user, Role.CUSTOMER))


def test_another_domain_says_whether_the_organizer_asks(
    show: Show, seating_tasks: ModuleType
) -> None:
    user = new_user_id()
    show.now = datetime.now(UTC)
    give_up(show, user, HOLDS_COUNTED, every=0)
    asked = {"eventId": show.event_id, "userId": user, "seatIds": [1]}

    def told(**more: Any) -> dict[str, Any]:
        payload = {"task": "reserve", **asked, "reservationId": new_id(), **more}
        answer: dict[str, Any] = seating_tasks.handler(payload | {"answerProblems": True}, None)
        return answer

    problem = told()["problem"]
    assert (problem["status"], problem["code"]) == (429, "too-many-holds")
    assert COUNTS - 60 < problem["retryAfter"] <= COUNTS
    assert told(byOrganizer=True)["status"] == "ACTIVE"


def test_a_deployment_may_count_nothing(store: Store) -> None:
    show, user = Show(store, hall(5), terms=UNHURRIED), new_user_id()
    give_up(show, user, 3 * HOLDS_COUNTED)
    show.reserve(1, user_id=user)
    show.later(**OVER)
    assert show.blind().reserve(1, user_id=user)


# Both limits, at both doors


def test_a_client_is_told_when_to_come_back(
    client: Client, sale: Show, customer: str, issuer: LocalIssuer
) -> None:
    def reserve_one(token: str) -> Answer:
        body = {"eventId": sale.event_id, "seatIds": [1]}
        return client("POST", "/v1/seats/reserve", body, token=token)

    for _ in range(HOLDS_COUNTED):
        held = reserve_one(customer)
        body = {"reservationId": held.body["reservationId"]}
        assert client("POST", "/v1/seats/release", body, token=customer).status == 204
    refused = reserve_one(customer)
    seconds = refused.problem(429, "too-many-holds")["retryAfter"]
    assert COUNTS - 60 < seconds <= COUNTS
    assert refused.headers["Retry-After"] == str(seconds)
    assert reserve_one(another(issuer)).status == 201


@pytest.mark.parametrize("wish", [{"seatIds": list(range(1, 12))}, {"quantity": 11}])
def test_no_door_takes_an_eleventh_seat(
    client: Client, seating_tasks: ModuleType, sale: Show, customer: str, wish: dict[str, Any]
) -> None:
    body = {"eventId": sale.event_id, **wish}
    (name,) = wish
    assert client("POST", "/v1/seats/reserve", body, token=customer).faults() == {f"/{name}"}
    task = {"task": "reserve", "userId": new_user_id(), "reservationId": new_id(), **body}
    answer = seating_tasks.handler(task | {"answerProblems": True}, None)
    assert answer["problem"]["code"] == "validation-failed"
    assert sale.claims() == {}
