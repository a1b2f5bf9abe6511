"""One violation of each kind is planted in a house that is otherwise sound: that one is found.

What is planted is what a bug would leave: an operation that ran where it must not, or an item or a
row that nothing would have written.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from embedded.postgres import Database
from sqlalchemy import Engine

from functions.audit.invariants import violations
from functions.audit.reading import Stores
from functions.audit.tests.conftest import Audit, empty_books, empty_tables
from functions.audit.tests.house import House, new_house
from functions.audit.violation import Ids, Violation
from functions.orders.domain import Closing, Order, OrderStatus, PaymentState
from functions.orders.refund_terms import RefundWanted
from functions.payments.domain import (
    attempt_key_of,
    payment_id_of,
    whole_refund_id_of,
)
from functions.seating.store.keys import claim_key, record_key, slot_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

Found = list[tuple[str, Ids]]


@pytest.fixture(scope="module")
def tables(dynamodb: "DynamoDBClient") -> Iterator[dict[str, str]]:
    """One for all tests here: each plants in an event of its own."""
    with empty_tables(dynamodb) as names:
        yield names


@pytest.fixture(scope="module")
def engine(payments_database: Database) -> Iterator[Engine]:
    with empty_books(payments_database) as engine:
        yield engine


@pytest.fixture(scope="module")
def found_before() -> set[Violation]:
    return set()


@pytest.fixture(scope="module", autouse=True)
def _busy_house(dynamodb: "DynamoDBClient", tables: dict[str, str], engine: Engine) -> None:
    """Something of everything, so that a check that takes the wrong thing shows."""
    house = new_house(dynamodb, tables, engine)
    house.book(1, 2)
    house.refund(house.book(3))
    house.refund_in_parts(house.book(8, 9))
    house.cancel(house.begin(4))
    house.begin(5, 6)
    house.reserve(7)
    stores = Stores(dynamodb, tables["seating"], tables["orders"], engine)
    assert violations(stores.read(), house.now) == []


@pytest.fixture
def find(audit: Audit, found_before: set[Violation]) -> Callable[[], Found]:
    """What no test before has planted."""

    def new() -> Found:
        found = [one for one in audit() if one not in found_before]
        found_before.update(found)
        return [(one.invariant, one.ids) for one in found]

    return new


def paid(order: Order) -> str:
    return payment_id_of(order.order_id)


def attempted(order: Order, number: int = 1) -> str:
    return attempt_key_of(order.order_id, number)


def test_a_seat_sold_twice_is_found_as_i1(house: House, find: Callable[[], Found]) -> None:
    first = house.book(1, 2)
    # A refund that frees the seat and forgets the ticket.
    house.free(first, 2)
    second = house.book(2)
    one, other = sorted([first.order_id, second.order_id])
    assert find() == [("I1", Ids(event=house.event_id, seat=2, order=one, rival=other))]


def test_a_ticket_whose_seat_is_free_is_found_as_i2(
    house: House, find: Callable[[], Found]
) -> None:
    order = house.book(1, 2)
    house.free(order, 2)
    assert find() == [("I2", Ids(event=house.event_id, seat=2, order=order.order_id))]


def test_a_sold_seat_that_ttl_may_delete_is_found_as_i2(
    house: House, tables: dict[str, str], find: Callable[[], Found]
) -> None:
    order = house.book(1)
    claim = claim_key(house.event_id, "Stalls", 1)
    house.change(tables["seating"], claim["PK"], claim["SK"], ttl=1)
    assert find() == [("I2", Ids(event=house.event_id, seat=1, order=order.order_id))]


def test_a_ticket_that_too_little_was_paid_for_is_found_as_i3(
    house: House, find: Callable[[], Found]
) -> None:
    order = house.book(1, 2)
    house.sql("UPDATE payments SET captured_cents = 2099 WHERE payment_id = :id", id=paid(order))
    house.sql(
        "UPDATE simulator_charges SET amount_cents = 2099 WHERE key = :key", key=attempted(order)
    )
    ids = Ids(event=house.event_id, order=order.order_id, payment=paid(order))
    assert find() == [("I3", ids)]


def test_a_ticket_that_nothing_was_paid_for_is_found_as_i3(
    house: House, find: Callable[[], Found]
) -> None:
    order = house.place(1)
    reservation = house.secure(house.reservation_of(order), order.order_id)
    house.allocate(reservation, order.order_id)
    house.confirm(order)
    assert find() == [("I3", Ids(event=house.event_id, order=order.order_id))]


def test_a_refund_without_voiding_is_found_as_i3(house: House, find: Callable[[], Found]) -> None:
    order = house.book(1)
    house.pay_back(order)
    ids = Ids(event=house.event_id, order=order.order_id, payment=paid(order))
    assert find() == [("I3", ids)]


def charge_again(house: House, order: Order) -> None:
    """What two attempts at once would do: both capture, and both are kept."""
    house.sql(
        "INSERT INTO attempts SELECT :key, payment_id, 2, 'again', provider, token, outcome,"
        " provider_txn_id, reason, started_at, closed_at FROM attempts WHERE attempt_key = :first",
        key=attempted(order, 2),
        first=attempted(order),
    )
    house.sql(
        "INSERT INTO simulator_charges SELECT :key, amount_cents, currency, token, outcome,"
        " 'again', reason, 0, created_at FROM simulator_charges WHERE key = :first",
        key=attempted(order, 2),
        first=attempted(order),
    )
    house.sql(
        "UPDATE payments SET captured_cents = 2 * captured_cents WHERE payment_id = :id",
        id=paid(order),
    )


def test_a_second_charge_that_is_kept_is_found_as_i4(
    house: House, find: Callable[[], Found]
) -> None:
    order = house.book(1)
    charge_again(house, order)
    ids = Ids(order=order.order_id, payment=paid(order), attempt=attempted(order, 2))
    assert find() == [("I4", ids)]


def test_money_that_only_the_provider_knows_of_is_found_as_i4(
    house: House, find: Callable[[], Found]
) -> None:
    order = house.begin(1)
    house.collect(order, token="tok_declined")
    house.sql(
        "UPDATE simulator_charges SET outcome = 'CAPTURED' WHERE key = :key", key=attempted(order)
    )
    ids = Ids(order=order.order_id, payment=paid(order), attempt=attempted(order))
    assert find() == [("I4", ids)]


def test_a_sum_that_its_parts_do_not_make_is_found_as_i4(
    house: House, find: Callable[[], Found]
) -> None:
    order = house.book(1)
    house.sql(
        "UPDATE payments SET captured_cents = captured_cents + 1 WHERE payment_id = :id",
        id=paid(order),
    )
    assert find() == [("I4", Ids(order=order.order_id, payment=paid(order)))]


def test_a_charge_for_no_attempt_of_ours_is_found_as_i4(
    house: House, find: Callable[[], Found]
) -> None:
    house.sql(
        "INSERT INTO simulator_charges (key, outcome, amount_cents, refunded_cents)"
        " VALUES ('stranger', 'CAPTURED', 100, 0)"
    )
    assert find() == [("I4", Ids(attempt="stranger"))]


def test_a_capture_that_the_provider_knows_nothing_of_is_found_as_i4(
    house: House, find: Callable[[], Found]
) -> None:
    order = house.book(1)
    house.sql("DELETE FROM simulator_charges WHERE key = :key", key=attempted(order))
    ids = Ids(order=order.order_id, payment=paid(order), attempt=attempted(order))
    assert find() == [("I4", ids)]


def test_a_refund_that_the_provider_never_paid_is_found_as_i4(
    house: House, find: Callable[[], Found]
) -> None:
    order = house.book(1)
    house.refund(order)
    refund_id = whole_refund_id_of(paid(order))
    house.sql("DELETE FROM simulator_refunds WHERE key = :id", id=refund_id)
    house.sql(
        "UPDATE simulator_charges SET refunded_cents = 0 WHERE key = :key", key=attempted(order)
    )
    ids = Ids(order=order.order_id, payment=paid(order), refund=refund_id)
    assert find() == [("I4", ids)]


def test_a_refund_that_the_provider_paid_twice_is_found_as_i4(
    house: House, find: Callable[[], Found]
) -> None:
    order = house.book(1)
    house.refund(order)
    house.sql(
        "INSERT INTO simulator_refunds (key, charge_key, amount_cents) VALUES ('again', :key, 1)",
        key=attempted(order),
    )
    house.sql(
        "UPDATE simulator_charges SET refunded_cents = refunded_cents + 1 WHERE key = :key",
        key=attempted(order),
    )
    assert find() == [("I4", Ids(attempt=attempted(order))), ("I4", Ids(refund="again"))]


def test_a_paid_order_without_one_of_its_tickets_is_found_as_i5(
    house: House, tables: dict[str, str], find: Callable[[], Found]
) -> None:
    order = house.book(1, 2)
    house.remove(tables["orders"], f"ORDER#{order.order_id}", "TICKET#2")
    ids = Ids(event=house.event_id, order=order.order_id, payment=paid(order))
    assert find() == [("I5", ids)]


def test_a_failed_order_whose_money_is_kept_is_found_as_i5(
    house: House, find: Callable[[], Found]
) -> None:
    order = house.begin(1)
    house.collect(order)
    house.release(house.reservation_of(order), order.order_id)
    closing = Closing(OrderStatus.FAILED, "booking-failed")
    house.orders.close(order.order_id, closing, PaymentState(paid(order), "SUCCESS"), house.now)
    ids = Ids(event=house.event_id, order=order.order_id, payment=paid(order))
    assert find() == [("I5", ids)]


def test_a_cancelled_order_that_can_be_paid_is_found_as_i5(
    house: House, find: Callable[[], Found]
) -> None:
    order = house.begin(1)
    house.release(house.reservation_of(order), order.order_id)
    closing = Closing(OrderStatus.CANCELLED, "cancelled")
    house.orders.close(order.order_id, closing, PaymentState(paid(order), "PENDING"), house.now)
    ids = Ids(event=house.event_id, order=order.order_id, payment=paid(order))
    assert find() == [("I5", ids)]


def test_money_for_an_order_that_is_not_there_is_found_as_i5(
    house: House, find: Callable[[], Found]
) -> None:
    order = house.book(1)._replace(order_id=str(uuid4()))
    house.collect(order)
    ids = Ids(event=house.event_id, order=order.order_id, payment=paid(order))
    assert find() == [("I5", ids)]


def test_a_refunded_ticket_that_admits_is_found_as_i6(
    house: House, tables: dict[str, str], find: Callable[[], Found]
) -> None:
    order = house.book(1, 2)
    house.refund(order)
    house.change(tables["orders"], f"ORDER#{order.order_id}", "TICKET#2", status="VALID")
    refund_id = whole_refund_id_of(paid(order))
    ids = Ids(event=house.event_id, seat=2, order=order.order_id, refund=refund_id)
    assert find() == [("I6", ids)]


def in_part(house: House, order: Order, *seat_ids: int, cents: int | None = None) -> str:
    """Refunds these seats, or an amount for none."""
    refund_id = f"part-{order.order_id}"
    house.refund(order, RefundWanted(refund_id, seat_ids, cents))
    return refund_id


def paid_for(house: House, order: Order) -> Ids:
    return Ids(event=house.event_id, order=order.order_id, payment=paid(order))


def test_a_ticket_that_is_left_is_not_paid_with_what_another_gave_back(
    house: House, find: Callable[[], Found]
) -> None:
    order = house.book(1, 2)
    in_part(house, order, 1)
    assert find() == []
    house.sql("UPDATE payments SET captured_cents = 2099 WHERE payment_id = :id", id=paid(order))
    house.sql(
        "UPDATE simulator_charges SET amount_cents = 2099 WHERE key = :key", key=attempted(order)
    )
    assert find() == [("I3", paid_for(house, order))]


def test_goodwill_that_orders_knows_nothing_of_is_found_as_i3(
    house: House, tables: dict[str, str], find: Callable[[], Found]
) -> None:
    order = house.book(1, 2)
    refund_id = in_part(house, order, cents=1)
    assert find() == []
    house.remove(tables["orders"], f"ORDER#{order.order_id}", f"REFUND#{refund_id}")
    house.change(
        tables["orders"],
        f"ORDER#{order.order_id}",
        "ORDER",
        status="CONFIRMED",
        refundedCents=None,
    )
    assert find() == [("I3", paid_for(house, order))]


def test_a_refund_that_gave_back_too_little_is_found_as_i5(
    house: House, tables: dict[str, str], find: Callable[[], Found]
) -> None:
    order = house.book(1, 2)
    refund_id = in_part(house, order, 1, cents=1049)
    assert find() == []
    house.change(tables["orders"], f"ORDER#{order.order_id}", f"REFUND#{refund_id}", isFull=True)
    assert find() == [("I5", paid_for(house, order))]


def test_a_refund_that_gave_back_too_much_is_found_as_i5(
    house: House, tables: dict[str, str], find: Callable[[], Found]
) -> None:
    """Of the other ticket's money, though that has been refunded since."""
    order = house.book(1, 2)
    refund_id = in_part(house, order, 1)
    house.refund(order)
    change = {"amountCents": 1051, "isFull": False}
    house.change(tables["orders"], f"ORDER#{order.order_id}", f"REFUND#{refund_id}", **change)
    found = find()
    # More than its ticket is worth, than payments gave back, than the order adds up, and than
    # would make it REFUNDED.
    assert found == [("I5", paid_for(house, order))] * 4


def test_a_refund_that_payments_never_made_is_found_as_i5(
    house: House, find: Callable[[], Found]
) -> None:
    order = house.book(1, 2)
    refund = house.void(order, RefundWanted(f"part-{order.order_id}", (1,)))
    house.free(order, 1)
    house.refunds.close(order.order_id, refund.refund_id, house.now)
    assert find() == [("I5", paid_for(house, order))]


def test_a_ticket_void_for_another_tickets_refund_is_found_as_i5(
    house: House, tables: dict[str, str], find: Callable[[], Found]
) -> None:
    order = house.book(1, 2)
    refund_id = in_part(house, order, 1)
    void = {"status": "VOID", "refundId": refund_id}
    house.change(tables["orders"], f"ORDER#{order.order_id}", "TICKET#2", **void)
    assert find() == [("I5", paid_for(house, order))]


@pytest.mark.parametrize("status", ["CONFIRMED", "REFUNDED"])
def test_a_status_that_an_orders_refunds_contradict_is_found(
    house: House, tables: dict[str, str], find: Callable[[], Found], status: str
) -> None:
    order = house.book(1, 2)
    in_part(house, order, 1)
    house.change(tables["orders"], f"ORDER#{order.order_id}", "ORDER", status=status)
    ours = ("I5", paid_for(house, order))
    if status == "CONFIRMED":
        assert find() == [ours]
    else:
        # Its other ticket admits, and its other seat is sold, which its slot counts.
        assert [invariant for invariant, _ in find()] == ["I5", "I6", "I9", "I10"]


def test_a_seat_that_a_refund_forgot_to_free_is_found_as_i9(
    house: House, find: Callable[[], Found]
) -> None:
    order = house.book(1, 2)
    refund = house.void(order, RefundWanted(f"part-{order.order_id}", (2,)))
    house.pay_back(order, refund)
    house.refunds.close(order.order_id, refund.refund_id, house.now)
    ids = Ids(
        event=house.event_id,
        section="Stalls",
        seat=2,
        reservation=order.reservation_id,
        order=order.order_id,
    )
    assert find() == [("I9", ids)]


def test_a_running_hold_that_lost_a_seat_is_found_as_i7(
    house: House, find: Callable[[], Found]
) -> None:
    reservation = house.reserve(1, 2)
    house.damage(2)
    ids = Ids(
        event=house.event_id, section="Stalls", seat=2, reservation=reservation.reservation_id
    )
    assert find() == [("I7", ids)]


def test_a_running_hold_that_ends_too_soon_is_found_as_i7(
    house: House, tables: dict[str, str], find: Callable[[], Found]
) -> None:
    reservation = house.reserve(1)
    claim = claim_key(house.event_id, "Stalls", 1)
    too_soon = int((reservation.expires_at - timedelta(seconds=1)).timestamp())
    house.change(tables["seating"], claim["PK"], claim["SK"], expiresAt=too_soon)
    ids = Ids(
        event=house.event_id, section="Stalls", seat=1, reservation=reservation.reservation_id
    )
    assert find() == [("I7", ids)]


def test_a_seat_lost_while_it_is_paid_for_is_found_as_i8(
    house: House, find: Callable[[], Found]
) -> None:
    order = house.begin(1, 2)
    house.damage(2)
    ids = Ids(
        event=house.event_id,
        section="Stalls",
        seat=2,
        reservation=order.reservation_id,
        order=order.order_id,
    )
    assert find() == [("I8", ids)]


def test_seats_given_back_before_the_verdict_are_found_as_i8(
    house: House, find: Callable[[], Found]
) -> None:
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
    house: House, find: Callable[[], Found], status: str
) -> None:
    order = house.cancel(house.begin(1))
    claim = {
        **claim_key(house.event_id, "Stalls", 1),
        "status": status,
        "reservationId": order.reservation_id,
        "orderId": order.order_id,
    }
    house.put_seating(claim)
    ids = Ids(
        event=house.event_id,
        section="Stalls",
        seat=1,
        reservation=order.reservation_id,
        order=order.order_id,
    )
    assert find() == [("I9", ids)]


def test_a_reservation_that_pays_for_a_cancelled_order_is_found_as_i9(
    house: House, tables: dict[str, str], find: Callable[[], Found]
) -> None:
    order = house.cancel(house.begin(1))
    record = record_key(order.reservation_id)
    house.change(tables["seating"], record["PK"], record["SK"], status="PAYING")
    ids = Ids(event=house.event_id, reservation=order.reservation_id, order=order.order_id)
    assert find() == [("I9", ids)]


def test_a_map_that_has_fewer_seats_than_it_says_is_found_as_i10(
    house: House, tables: dict[str, str], find: Callable[[], Found]
) -> None:
    house.change(tables["seating"], f"EVENT#{house.event_id}", "SUMMARY", totalSeats=41)
    assert find() == [("I10", Ids(event=house.event_id))]


def test_a_claim_on_no_seat_of_the_map_is_found_as_i10(
    house: House, find: Callable[[], Found]
) -> None:
    house.put_seating({**claim_key(house.event_id, "Stalls", 999), "status": "BLOCKED"})
    ids = Ids(event=house.event_id, section="Stalls", seat=999)
    assert find() == [("I10", ids)]


def test_a_claim_in_another_section_is_found_as_i10(
    house: House, find: Callable[[], Found]
) -> None:
    house.book(1)
    house.put_seating({**claim_key(house.event_id, "Balcony", 1), "status": "BLOCKED"})
    ids = Ids(event=house.event_id, section="Balcony", seat=1)
    assert find() == [("I10", ids)]


def test_a_slot_that_miscounts_is_found_as_i10(
    house: House, tables: dict[str, str], find: Callable[[], Found]
) -> None:
    order = house.book(1, 2)
    slot = slot_key(house.event_id, order.user_id)
    house.change(tables["seating"], slot["PK"], slot["SK"], soldQty=1)
    assert find() == [("I10", Ids(event=house.event_id, user=order.user_id))]


def test_a_slot_that_keeps_its_user_out_for_ever_is_found_as_i10(
    house: House, tables: dict[str, str], find: Callable[[], Found]
) -> None:
    order = house.book(1)
    slot = slot_key(house.event_id, order.user_id)
    house.change(tables["seating"], slot["PK"], slot["SK"], active=order.reservation_id)
    ids = Ids(event=house.event_id, user=order.user_id, reservation=order.reservation_id)
    assert find() == [("I10", ids)]


def test_a_slot_taken_over_while_its_user_pays_is_found_as_i10(
    house: House, tables: dict[str, str], find: Callable[[], Found]
) -> None:
    order = house.begin(1)
    slot = slot_key(house.event_id, order.user_id)
    house.change(tables["seating"], slot["PK"], slot["SK"], active=None, activeQty=None)
    ids = Ids(event=house.event_id, user=order.user_id, reservation=order.reservation_id)
    assert find() == [("I10", ids)]


def test_a_given_up_reservation_that_has_a_seat_is_found_as_i11(
    house: House, find: Callable[[], Found]
) -> None:
    reservation = house.reserve(1, 2)
    claim = house.store.table.get(claim_key(house.event_id, "Stalls", 2))
    assert claim is not None
    house.release(reservation)
    house.put_seating(claim)
    ids = Ids(
        event=house.event_id, section="Stalls", seat=2, reservation=reservation.reservation_id
    )
    assert find() == [("I11", ids)]


def test_a_reservation_sold_in_part_is_found_as_i11(
    house: House, find: Callable[[], Found]
) -> None:
    order = house.begin(1, 2)
    house.collect(order)
    house.allocate(house.reservation_of(order), order.order_id)
    house.free(order, 2)
    ids = Ids(
        event=house.event_id,
        section="Stalls",
        seat=2,
        reservation=order.reservation_id,
        order=order.order_id,
    )
    assert find() == [("I11", ids)]


def test_two_orders_of_one_reservation_are_found_as_i11(
    house: House, tables: dict[str, str], find: Callable[[], Found]
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
    house: House, tables: dict[str, str], find: Callable[[], Found]
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
