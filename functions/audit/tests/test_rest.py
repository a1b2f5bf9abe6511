"""At rest nothing waits: each thing that does is told of, and is no violation otherwise."""

from datetime import timedelta

from functions.audit.tests.conftest import Audit
from functions.audit.tests.house import House
from functions.payments.domain import attempt_key_of
from functions.payments.providers.simulator import TIMEOUT_BEFORE
from functions.seating.store.keys import record_key


def waiting(audit: Audit) -> list[str]:
    """What is told of at rest only."""
    assert audit(allowance=timedelta(days=1)) == []
    found = audit(at_rest=True)
    assert {one.invariant for one in found} <= {"I9"}
    return sorted(one.message.removeprefix("not at rest: ") for one in found)


def test_a_booking_under_way_is_not_at_rest(house: House, audit: Audit) -> None:
    order = house.place(1, 2)
    assert waiting(audit) == ["an order is PENDING"]
    house.secure(house.reservation_of(order), order.order_id)
    assert waiting(audit) == [
        "a reservation is PAYING",
        "a seat is PAYING",
        "a seat is PAYING",
        "an order is PENDING",
    ]


def test_a_refund_under_way_is_not_at_rest(house: House, audit: Audit) -> None:
    order = house.book(1)
    house.void(order)
    assert waiting(audit) == ["an order is being refunded"]


def test_a_reservation_whose_release_broke_off_is_not_at_rest(
    house: House, tables: dict[str, str], audit: Audit
) -> None:
    """Its record comes last: here the seats are free already."""
    order = house.begin(1)
    house.cancel(order)
    record = record_key(order.reservation_id)
    house.change(tables["seating"], record["PK"], record["SK"], status="PAYING")
    house.change(tables["orders"], f"ORDER#{order.order_id}", "ORDER", status="PENDING")
    assert waiting(audit) == ["a reservation is PAYING", "an order is PENDING"]


def test_an_attempt_that_nobody_resolved_is_not_at_rest(house: House, audit: Audit) -> None:
    order = house.begin(1)
    house.collect(order, token=TIMEOUT_BEFORE)
    house.cancel(order)
    house.sql(
        "UPDATE attempts SET outcome = 'UNKNOWN' WHERE attempt_key = :key",
        key=attempt_key_of(order.order_id, 1),
    )
    assert waiting(audit) == ["an attempt to charge is unresolved"]


def test_a_payment_that_nobody_decided_is_not_at_rest(house: House, audit: Audit) -> None:
    order = house.book(1)._replace(order_id="never-placed")
    house.collect(order, method=None)
    assert waiting(audit) == ["a payment is undecided"]


def test_what_nobody_was_told_is_not_at_rest(house: House, audit: Audit) -> None:
    house.sql(
        "INSERT INTO outbox (kind, payload, attempts, due_at) VALUES ('event', '{}', 0, now())"
    )
    assert waiting(audit) == ["1 messages wait in the outbox"]
