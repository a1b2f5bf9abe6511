"""Maps, slots and records that contradict each other: I10 and I11."""

from functions.audit.tests.house import House
from functions.audit.tests.planted.finding import Find, seat_of
from functions.audit.violation import Ids
from functions.seating.store.keys import claim_key, record_key, slot_key


def test_a_map_that_has_fewer_seats_than_it_says_is_found_as_i10(
    house: House, tables: dict[str, str], find: Find
) -> None:
    house.change(tables["seating"], f"EVENT#{house.event_id}", "SUMMARY", totalSeats=41)
    assert find() == [("I10", Ids(event=house.event_id))]


def test_a_claim_on_no_seat_of_the_map_is_found_as_i10(house: House, find: Find) -> None:
    house.put_seating({**claim_key(house.event_id, "Stalls", 999), "status": "BLOCKED"})
    ids = Ids(event=house.event_id, section="Stalls", seat=999)
    assert find() == [("I10", ids)]


def test_a_claim_in_another_section_is_found_as_i10(house: House, find: Find) -> None:
    house.book(1)
    house.put_seating({**claim_key(house.event_id, "Balcony", 1), "status": "BLOCKED"})
    ids = Ids(event=house.event_id, section="Balcony", seat=1)
    assert find() == [("I10", ids)]


def test_a_slot_that_miscounts_is_found_as_i10(
    house: House, tables: dict[str, str], find: Find
) -> None:
    order = house.book(1, 2)
    slot = slot_key(house.event_id, order.user_id)
    house.change(tables["seating"], slot["PK"], slot["SK"], soldQty=1)
    assert find() == [("I10", Ids(event=house.event_id, user=order.user_id))]


def test_a_slot_that_keeps_its_user_out_for_ever_is_found_as_i10(
    house: House, tables: dict[str, str], find: Find
) -> None:
    order = house.book(1)
    slot = slot_key(house.event_id, order.user_id)
    house.change(tables["seating"], slot["PK"], slot["SK"], active=order.reservation_id)
    ids = Ids(event=house.event_id, user=order.user_id, reservation=order.reservation_id)
    assert find() == [("I10", ids)]


def test_a_slot_taken_over_while_its_user_pays_is_found_as_i10(
    house: House, tables: dict[str, str], find: Find
) -> None:
    order = house.begin(1)
    slot = slot_key(house.event_id, order.user_id)
    house.change(tables["seating"], slot["PK"], slot["SK"], active=None, activeQty=None)
    ids = Ids(event=house.event_id, user=order.user_id, reservation=order.reservation_id)
    assert find() == [("I10", ids)]


def test_a_given_up_reservation_that_has_a_seat_is_found_as_i11(house: House, find: Find) -> None:
    reservation = house.reserve(1, 2)
    claim = house.store.table.get(claim_key(house.event_id, "Stalls", 2))
    assert claim is not None
    house.release(reservation)
    house.put_seating(claim)
    ids = Ids(
        event=house.event_id, section="Stalls", seat=2, reservation=reservation.reservation_id
    )
    assert find() == [("I11", ids)]


def test_a_reservation_sold_in_part_is_found_as_i11(house: House, find: Find) -> None:
    order = house.begin(1, 2)
    house.collect(order)
    house.allocate(house.reservation_of(order), order.order_id)
    house.free(order, 2)
    ids = seat_of(house, order, 2)
    assert find() == [("I11", ids)]


def test_two_orders_of_one_reservation_are_found_as_i11(
    house: House, tables: dict[str, str], find: Find
) -> None:
    reservation = house.reserve(1)
    first = house.order(reservation)
    house.remove(tables["orders"], f"RESERVATION#{reservation.reservation_id}", "ORDER")
    second = house.order(reservation)
    ids = Ids(
        event=house.event_id,
        reservation=reservation.reservation_id,
        order=first.order_id,
        rival=second.order_id,
    )
    assert find() == [("I11", ids)]


def test_a_claim_of_no_reservation_is_found_as_i11(
    house: House, tables: dict[str, str], find: Find
) -> None:
    reservation = house.reserve(1)
    house.later(seconds=1)
    slot = slot_key(house.event_id, reservation.user_id)
    record = record_key(reservation.reservation_id)
    for key in (slot, record):
        house.remove(tables["seating"], key["PK"], key["SK"])
    ids = Ids(
        event=house.event_id, section="Stalls", seat=1, reservation=reservation.reservation_id
    )
    assert find() == [("I11", ids)]
