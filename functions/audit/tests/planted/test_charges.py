"""Money that the books and the provider know differently: I4."""

from functions.audit.tests.house import House
from functions.audit.tests.planted.finding import Find, attempted, paid
from functions.audit.violation import Ids
from functions.orders.domain import Order
from functions.payments.domain import whole_refund_id_of


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


def test_a_second_charge_that_is_kept_is_found_as_i4(house: House, find: Find) -> None:
    order = house.book(1)
    charge_again(house, order)
    ids = Ids(order=order.order_id, payment=paid(order), attempt=attempted(order, 2))
    assert find() == [("I4", ids)]


def test_money_that_only_the_provider_knows_of_is_found_as_i4(house: House, find: Find) -> None:
    order = house.begin(1)
    house.collect(order, token="tok_declined")
    house.sql(
        "UPDATE simulator_charges SET outcome = 'CAPTURED' WHERE key = :key", key=attempted(order)
    )
    ids = Ids(order=order.order_id, payment=paid(order), attempt=attempted(order))
    assert find() == [("I4", ids)]


def test_a_sum_that_its_parts_do_not_make_is_found_as_i4(house: House, find: Find) -> None:
    order = house.book(1)
    house.sql(
        "UPDATE payments SET captured_cents = captured_cents + 1 WHERE payment_id = :id",
        id=paid(order),
    )
    assert find() == [("I4", Ids(order=order.order_id, payment=paid(order)))]


def test_a_charge_for_no_attempt_of_ours_is_found_as_i4(house: House, find: Find) -> None:
    house.sql(
        "INSERT INTO simulator_charges (key, outcome, amount_cents, refunded_cents)"
        " VALUES ('stranger', 'CAPTURED', 100, 0)"
    )
    assert find() == [("I4", Ids(attempt="stranger"))]


def test_a_capture_that_the_provider_knows_nothing_of_is_found_as_i4(
    house: House, find: Find
) -> None:
    order = house.book(1)
    house.sql("DELETE FROM simulator_charges WHERE key = :key", key=attempted(order))
    ids = Ids(order=order.order_id, payment=paid(order), attempt=attempted(order))
    assert find() == [("I4", ids)]


def test_a_refund_that_the_provider_never_paid_is_found_as_i4(house: House, find: Find) -> None:
    order = house.book(1)
    house.refund(order)
    refund_id = whole_refund_id_of(paid(order))
    house.sql("DELETE FROM simulator_refunds WHERE key = :id", id=refund_id)
    house.sql(
        "UPDATE simulator_charges SET refunded_cents = 0 WHERE key = :key", key=attempted(order)
    )
    ids = Ids(order=order.order_id, payment=paid(order), refund=refund_id)
    assert find() == [("I4", ids)]


def test_a_refund_that_the_provider_paid_twice_is_found_as_i4(house: House, find: Find) -> None:
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
