"""Once an event is cancelled nothing of it is sold any more, not even what is held."""

from types import ModuleType

import pytest

from functions.seating.domain import EventStatus, ReservationStatus, SaleState
from functions.seating.problems import EventCancelled, EventNotOnSale
from functions.seating.sale_states import advance_state
from functions.seating.store.store import Store
from functions.seating.tests.shows import ORGANIZER, Show


@pytest.fixture
def show(store: Store) -> Show:
    return Show(store)


def put(show: Show, status: EventStatus, version: int = 2) -> None:
    told = SaleState(show.event_id, ORGANIZER, status, version)
    advance_state(show.store, told, show.now)


def test_nothing_is_reserved(show: Show) -> None:
    put(show, EventStatus.CANCELLED)
    with pytest.raises(EventNotOnSale):
        show.reserve(1)


def test_what_is_held_is_not_secured_and_stays_as_it_was(show: Show) -> None:
    held = show.reserve(1, 2)
    put(show, EventStatus.CANCELLED)
    before = show.everything(held)
    with pytest.raises(EventCancelled):
        show.secure(held, "o")
    assert show.everything(held) == before


def test_what_is_held_can_still_be_given_back(show: Show) -> None:
    held = show.reserve(1, 2)
    put(show, EventStatus.CANCELLED)
    show.release(held)
    assert show.claims() == {}


def test_sales_closed_otherwise_keep_their_promise_of_a_held_seat(show: Show) -> None:
    held = show.reserve(1)
    put(show, EventStatus.SOLD_OUT)
    assert show.secure(held, "o").status is ReservationStatus.PAYING


def test_what_was_secured_before_goes_on_by_its_verdict(show: Show) -> None:
    """Money may have been taken for it: only the verdict on that says what becomes of its seats."""
    paid, unpaid = show.reserve(1), show.reserve(2)
    for reservation, order_id in ((paid, "paid"), (unpaid, "unpaid")):
        show.secure(reservation, order_id)
    put(show, EventStatus.CANCELLED)
    # Delivered again, it is answered by the record, as ever.
    assert show.secure(paid, "paid").status is ReservationStatus.PAYING
    assert show.allocate(paid, "paid").status is ReservationStatus.COMPLETED
    assert show.secure(paid, "paid").status is ReservationStatus.COMPLETED
    show.release(unpaid, "unpaid")
    assert show.claims() == {1: "ALLOCATED"}


def test_cancelled_stays_cancelled_whatever_is_told_late(show: Show) -> None:
    put(show, EventStatus.CANCELLED, version=3)
    put(show, EventStatus.ON_SALE, version=2)
    put(show, EventStatus.CANCELLED, version=3)
    with pytest.raises(EventNotOnSale):
        show.reserve(1)


def test_who_places_an_order_is_told_with_the_reservation(
    seating_tasks: ModuleType, store: Store
) -> None:
    show = Show(store)
    held = show.reserve(1)
    asked = {"task": "read_reservation", "reservationId": held.reservation_id}
    assert seating_tasks.handler(asked, None)["eventStatus"] == "ON_SALE"
    put(show, EventStatus.CANCELLED)
    assert seating_tasks.handler(asked, None)["eventStatus"] == "CANCELLED"
