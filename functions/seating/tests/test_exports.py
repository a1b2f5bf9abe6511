"""A user's copy of their reservations: what they have now, what they bought, and nobody else's."""

from types import ModuleType
from typing import Any

import pytest

from functions.seating.exports import export_reservations
from functions.seating.tests.shows import Show, new_event_id, new_id, new_user_id
from functions.shared.problems import ValidationFailed


def exported(show: Show, user_id: int, *reservation_ids: str, **at: Any) -> dict[str, str]:
    """The statuses of what is exported, by id."""
    event_ids = at.get("event_ids", [show.event_id])
    told = export_reservations(show.store, user_id, reservation_ids, event_ids, show.now)
    assert {each["eventId"] for each in told} <= {show.event_id}
    return {each["reservationId"]: each["status"] for each in told}


def test_what_a_user_holds_now_is_exported(show: Show) -> None:
    ann, bob = new_user_id(), new_user_id()
    held = show.reserve(1, 2, user_id=ann).reservation_id
    show.reserve(3, user_id=bob)
    assert exported(show, ann) == {held: "ACTIVE"}
    assert exported(show, ann, held, event_ids=[new_event_id()]) == {held: "ACTIVE"}
    [told] = export_reservations(show.store, ann, [], [show.event_id], show.now)
    assert (told["seatIds"], told["orderId"]) == ([1, 2], None)


def test_what_a_user_bought_is_exported_by_its_order(show: Show) -> None:
    ann = new_user_id()
    sold = show.sell(1, user_id=ann, order_id="order-1")
    assert exported(show, ann) == {}
    assert exported(show, ann, sold.reservation_id) == {sold.reservation_id: "COMPLETED"}


def test_a_hold_that_ran_out_is_exported_as_what_it_is(show: Show) -> None:
    ann = new_user_id()
    held = show.reserve(1, user_id=ann).reservation_id
    assert exported(show.later(days=1), ann) == {held: "EXPIRED"}


def test_nobody_elses_reservation_is_exported(show: Show) -> None:
    held = show.reserve(1, user_id=new_user_id()).reservation_id
    assert exported(show, new_user_id(), held, new_id()) == {}


def test_a_hundred_of_each_may_be_asked_for(show: Show, seating_tasks: ModuleType) -> None:
    ann = new_user_id()
    held = show.reserve(1, user_id=ann).reservation_id
    asked: dict[str, Any] = {
        "task": "export_user",
        "userId": ann,
        "reservationIds": [new_id() for _ in range(100)],
        "eventIds": [show.event_id, *(new_event_id() for _ in range(99))],
    }
    [told] = seating_tasks.handler(asked, None)["reservations"]
    assert told["reservationId"] == held
    with pytest.raises(ValidationFailed):
        seating_tasks.handler(asked | {"eventIds": list(range(1, 102))}, None)
