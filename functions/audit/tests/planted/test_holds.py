"""Holds that lost or kept a seat: I7 to I9."""

from datetime import timedelta

import pytest

from functions.audit.tests.house import House
from functions.audit.tests.planted.finding import Find, paid, seat_of
from functions.audit.violation import Ids
from functions.seating.store.keys import claim_key, record_key


def test_a_running_hold_that_lost_a_seat_is_found_as_i7(house: House, find: Find) -> None:
    reservation = house.reserve(1, 2)
    house.damage(2)
    ids = Ids(
        event=house.event_id, section="Stalls", seat=2, reservation=reservation.reservation_id
    )
    assert find() == [("I7", ids)]


def test_a_running_hold_that_ends_too_soon_is_found_as_i7(
    house: House, tables: dict[str, str], find: Find
) -> None:
    reservation = house.reserve(1)
    claim = claim_key(house.event_id, "Stalls", 1)
    too_soon = int((reservation.expires_at - timedelta(seconds=1)).timestamp())
    house.change(tables["seating"], claim["PK"], claim["SK"], expiresAt=too_soon)
    ids = Ids(
        event=house.event_id, section="Stalls", seat=1, reservation=reservation.reservation_id
    )
    assert find() == [("I7", ids)]


def test_a_seat_lost_while_it_is_paid_for_is_found_as_i8(house: House, find: Find) -> None:
    order = house.begin(1, 2)
    house.damage(2)
    ids = seat_of(house, order, 2)
    assert find() == [("I8", ids)]


def test_seats_given_back_before_the_verdict_are_found_as_i8(house: House, find: Find) -> None:
    order = house.begin(1, 2)
    house.release(house.reservation_of(order), order.order_id)
    ids = Ids(
        event=house.event_id,
        reservation=order.reservation_id,
        order=order.order_id,
        payment=paid(order),
    )
    assert find() == [("I8", ids)]


@pytest.mark.parametrize("status", ["PAYING", "ALLOCATED"])
def test_a_seat_kept_for_a_cancelled_order_is_found_as_i9(
    house: House, find: Find, status: str
) -> None:
    order = house.cancel(house.begin(1))
    claim = {
        **claim_key(house.event_id, "Stalls", 1),
        "status": status,
        "reservationId": order.reservation_id,
        "orderId": order.order_id,
    }
    house.put_seating(claim)
    ids = seat_of(house, order, 1)
    assert find() == [("I9", ids)]


def test_a_reservation_that_pays_for_a_cancelled_order_is_found_as_i9(
    house: House, tables: dict[str, str], find: Find
) -> None:
    order = house.cancel(house.begin(1))
    record = record_key(order.reservation_id)
    house.change(tables["seating"], record["PK"], record["SK"], status="PAYING")
    ids = Ids(event=house.event_id, reservation=order.reservation_id, order=order.order_id)
    assert find() == [("I9", ids)]
