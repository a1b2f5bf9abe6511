"""What the sagas ask of orders: each step once, twice, late, and at once."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from functions.orders.items import order_key
from functions.orders.problems import (
    OrderNotConfirmed,
    OrderNotPending,
    OrderNotRefundable,
    PaymentNotSettled,
    RefundInProgress,
    TicketUsed,
)
from functions.orders.refund_terms import RefundPolicy
from functions.orders.tests.conftest import House
from functions.shared.dynamodb import Table
from functions.shared.problems import NotFound, Problem

Run = Callable[..., Any]
SIGNAL = {"paymentId": "pay-1", "status": "SUCCESS", "more": "is not read"}
SETTLEMENT = {"paymentId": "pay-1", "verdict": "CAPTURED"}


def read(house: House, order_id: str) -> dict[str, Any]:
    order: dict[str, Any] = house("GET", f"/v1/orders/{order_id}").body
    return order


def counted(capsys: pytest.CaptureFixture[str], metric: str) -> int:
    return capsys.readouterr().out.count(f'"Name":"{metric}"')


@pytest.mark.parametrize("payment", [SIGNAL, SETTLEMENT])
def test_a_confirmed_order_has_its_tickets_and_its_payment(
    house: House, run_task: Run, payment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    order_id = house.placed(1, 2)
    capsys.readouterr()
    answer = run_task("confirm_order", orderId=order_id, payment=payment)
    assert answer == {"orderId": order_id, "status": "CONFIRMED"}
    out = capsys.readouterr().out
    assert '"orders_confirmed_total":[1.0]' in out
    assert '"booking_seconds":[' in out
    order = read(house, order_id)
    assert order["payment"] == {"paymentId": "pay-1", "status": "SUCCESS"}
    assert [ticket["seatId"] for ticket in house.tickets(order_id)] == [1, 2]
    assert house.payments.asked == 0


def test_confirming_without_the_sagas_word_asks_payments(house: House, run_task: Run) -> None:
    order_id = house.placed()
    with pytest.raises(PaymentNotSettled):
        run_task("confirm_order", orderId=order_id)
    house.payments.states[order_id] = "SUCCESS"
    run_task("confirm_order", orderId=order_id)
    assert read(house, order_id)["payment"]["status"] == "SUCCESS"


def test_confirming_again_changes_nothing_and_counts_nothing(
    house: House, run_task: Run, orders_table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    order_id = house.placed(1, 2)
    run_task("confirm_order", orderId=order_id, payment=SIGNAL)
    before = rows(orders_table, order_id)
    capsys.readouterr()
    answer = run_task("confirm_order", orderId=order_id, payment=SIGNAL)
    assert answer["status"] == "CONFIRMED"
    assert rows(orders_table, order_id) == before
    assert counted(capsys, "orders_confirmed_total") == 0


def test_a_confirmation_that_comes_after_the_refund_is_a_success(
    house: House, run_task: Run, orders_table: Table
) -> None:
    order_id = house.confirmed()
    house.refund(order_id)
    before = rows(orders_table, order_id)
    assert run_task("confirm_order", orderId=order_id, payment=SIGNAL)["status"] == "REFUNDED"
    assert rows(orders_table, order_id) == before


def test_an_order_given_up_is_never_confirmed(house: House, run_task: Run) -> None:
    order_id = house.placed()
    house.give_up(order_id)
    with pytest.raises(OrderNotPending):
        run_task("confirm_order", orderId=order_id, payment=SIGNAL)
    assert house.tickets(order_id) == []


@pytest.mark.parametrize(
    ("cause", "status", "reason"),
    [
        ("PaymentTimedOut", "FAILED", "payment-timed-out"),
        ("ReservationExpired", "FAILED", "reservation-expired"),
        ("SeatsLost", "FAILED", "seats-lost"),
        ("PaymentVoided", "FAILED", "payment-voided"),
        ("States.Timeout", "FAILED", "booking-failed"),
        ("Sandbox.Timedout", "FAILED", "booking-failed"),
        ("event-cancelled", "CANCELLED", "event-cancelled"),
        ("cancelled", "CANCELLED", "cancelled"),
    ],
)
def test_an_order_given_up_says_why(
    house: House,
    run_task: Run,
    cause: str,
    status: str,
    reason: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    order_id = house.placed()
    house.payments.states[order_id] = "VOIDED"
    capsys.readouterr()
    answer = run_task("cancel_order", orderId=order_id, reason=cause)
    assert answer == {"orderId": order_id, "status": status, "reason": reason}
    said = capsys.readouterr().out
    assert said.count('"orders_given_up_total":[1.0]') == 1
    assert f'"reason":"{reason}"' in said
    order = read(house, order_id)
    assert (order["status"], order["reason"]) == (status, reason)
    assert order["payment"]["status"] == "VOIDED"
    assert order["tickets"] == []


def test_giving_up_again_changes_nothing(
    house: House, run_task: Run, orders_table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    order_id = house.placed()
    house.give_up(order_id, "PaymentTimedOut")
    before = rows(orders_table, order_id)
    capsys.readouterr()
    answer = run_task("cancel_order", orderId=order_id, reason="SeatsLost")
    assert counted(capsys, "orders_given_up_total") == 0
    assert (answer["status"], answer["reason"]) == ("FAILED", "payment-timed-out")
    assert rows(orders_table, order_id) == before


@pytest.mark.parametrize("status", ["PENDING", "FAILED", "SUCCESS", "PARTIALLY_REFUNDED", None])
def test_an_order_whose_payment_may_still_stand_is_not_given_up(
    house: House, run_task: Run, status: str | None
) -> None:
    order_id = house.placed()
    if status is not None:
        house.payments.states[order_id] = status
    with pytest.raises(PaymentNotSettled):
        run_task("cancel_order", orderId=order_id, reason="PaymentTimedOut")
    assert read(house, order_id)["status"] == "PENDING"


def test_an_order_paid_back_in_full_is_given_up(house: House, run_task: Run) -> None:
    order_id = house.placed()
    house.payments.states[order_id] = "REFUNDED"
    run_task("cancel_order", orderId=order_id, reason="SeatsLost")
    assert read(house, order_id)["payment"]["status"] == "REFUNDED"


def test_a_confirmed_order_is_never_given_up(house: House, run_task: Run) -> None:
    order_id = house.confirmed()
    with pytest.raises(OrderNotPending):
        run_task("cancel_order", orderId=order_id, reason="PaymentTimedOut")
    assert read(house, order_id)["status"] == "CONFIRMED"


def test_a_refund_voids_every_ticket_and_says_whose_seats_they_were(
    house: House, run_task: Run
) -> None:
    order_id = house.confirmed(2, 1)
    answer = run_task("void_tickets", orderId=order_id, refundId="refund-1")
    assert answer == {
        "orderId": order_id,
        "reservationId": read(house, order_id)["reservationId"],
        "eventId": house.event_id,
        "userId": house.customer_id,
        "seatIds": [2, 1],
        "amountCents": 2205,
    }
    assert {ticket["status"] for ticket in house.tickets(order_id)} == {"VOID"}
    # The money is not back yet.
    assert read(house, order_id)["status"] == "CONFIRMED"
    closed = run_task("close_refund", orderId=order_id, refundId="refund-1")
    assert closed == {"orderId": order_id, "status": "REFUNDED"}
    order = read(house, order_id)
    assert (order["status"], order["reason"]) == ("REFUNDED", "refunded")
    assert order["payment"]["status"] == "REFUNDED"


def test_a_refund_delivered_again_changes_nothing(
    house: House, run_task: Run, orders_table: Table
) -> None:
    order_id = house.confirmed()
    refund = {"orderId": order_id, "refundId": "refund-1"}
    answer = run_task("void_tickets", **refund)
    before = rows(orders_table, order_id)
    assert run_task("void_tickets", **refund) == answer
    assert rows(orders_table, order_id) == before
    run_task("close_refund", **refund)
    before = rows(orders_table, order_id)
    assert run_task("close_refund", **refund)["status"] == "REFUNDED"
    assert run_task("void_tickets", **refund) == answer
    assert rows(orders_table, order_id) == before


def test_two_refunds_never_share_a_ticket(house: House, run_task: Run) -> None:
    order_id = house.confirmed(1, 2)
    run_task("void_tickets", orderId=order_id, refundId="refund-1")
    with pytest.raises(RefundInProgress):
        run_task("void_tickets", orderId=order_id, refundId="refund-2")
    with pytest.raises(OrderNotRefundable):
        run_task("close_refund", orderId=order_id, refundId="refund-2")
    run_task("close_refund", orderId=order_id, refundId="refund-1")
    with pytest.raises(OrderNotRefundable):
        run_task("void_tickets", orderId=order_id, refundId="refund-2")
    tickets = house.store.tickets_of(order_id)
    assert {ticket.refund_id for ticket in tickets} == {"refund-1"}


def test_a_paid_order_goes_forward_before_it_is_refunded(house: House, run_task: Run) -> None:
    with pytest.raises(OrderNotConfirmed):
        run_task("void_tickets", orderId=house.placed(), refundId="refund-1")


def test_an_order_without_tickets_is_not_refunded(house: House, run_task: Run) -> None:
    order_id = house.placed()
    house.give_up(order_id)
    for task in ("void_tickets", "close_refund"):
        with pytest.raises(OrderNotRefundable):
            run_task(task, orderId=order_id, refundId="refund-1")


def test_a_refund_is_not_closed_before_its_tickets_are_void(house: House, run_task: Run) -> None:
    order_id = house.confirmed()
    with pytest.raises(OrderNotRefundable):
        run_task("close_refund", orderId=order_id, refundId="refund-1")
    assert read(house, order_id)["status"] == "CONFIRMED"


def test_a_ticket_used_already_can_be_refunded_by_the_organizer(
    house: House, run_task: Run
) -> None:
    order_id = house.confirmed(1)
    (ticket,) = house.tickets(order_id)
    body = {"code": ticket["code"], "eventId": house.event_id}
    house.as_organizer("POST", "/v1/tickets/verify", body)
    with pytest.raises(TicketUsed):
        run_task("void_tickets", orderId=order_id, refundId="refund-1")
    run_task("void_tickets", orderId=order_id, refundId="refund-1", force=True)
    (void,) = house.tickets(order_id)
    assert (void["status"], void["usedAt"] is None) == ("VOID", False)


def test_another_domain_reads_an_order(house: House, run_task: Run) -> None:
    order_id = house.placed()
    order = run_task("read_order", orderId=order_id, userId=house.customer_id)
    assert order == read(house, order_id) | {"organizerId": house.organizer_id}
    assert run_task("read_order", orderId=order_id) == order
    with pytest.raises(NotFound):
        run_task("read_order", orderId=order_id, userId=house.customer_id + 1)


@pytest.mark.parametrize(
    ("task", "more"),
    [
        ("confirm_order", {}),
        ("cancel_order", {"reason": "SeatsLost"}),
        ("void_tickets", {"refundId": "refund-1"}),
        ("close_refund", {"refundId": "refund-1"}),
        ("plan_refund", {"paymentId": "pay-1"}),
        ("read_order", {}),
    ],
)
def test_an_order_that_is_not_there_is_said_to_be_so(
    run_task: Run, task: str, more: dict[str, str]
) -> None:
    with pytest.raises(NotFound):
        run_task(task, orderId="absent", **more)
    answer = run_task(task, orderId="absent", answerProblems=True, **more)
    assert isinstance(Problem.from_document(answer["problem"]), NotFound)


@pytest.mark.parametrize(
    ("machine", "metric"), [("booking", "bookings_parked"), ("refund", "refunds_parked")]
)
def test_what_is_parked_is_counted(
    run_task: Run, machine: str, metric: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run_task("report_parked", orderId="order-1", machine=f"boxoffice-local-{machine}")
    assert f'"{metric}":[1.0]' in capsys.readouterr().out


def test_an_open_order_is_in_the_index_of_open_orders_until_it_is_decided(
    house: House, orders_table: Table
) -> None:
    placed, confirmed = house.placed(), house.confirmed()
    given_up = house.placed()
    house.give_up(given_up)
    open_orders = {
        item["PK"]
        for item in orders_table.page(orders_table.client.scan, {"IndexName": "open"}).items
    }
    assert order_key(placed)["PK"] in open_orders
    assert not {order_key(each)["PK"] for each in (confirmed, given_up)} & open_orders


def test_an_order_of_ten_seats_is_one_write_unit(house: House, orders_table: Table) -> None:
    held = house.seating.hold(house.customer_id, house.event_id, *range(1, 11))
    policy = RefundPolicy(datetime(2026, 12, 20, 18, tzinfo=UTC), 100)
    reservation = house.seating.reservations[held]._replace(refund_policy=policy)
    house.seating.reservations[held] = reservation
    order_id = house.order({"reservationId": held}).body["orderId"]
    item = orders_table.get(order_key(order_id))
    assert item is not None
    size = sum(len(name) + size_of(value) for name, value in item.items())
    assert size <= 1024


def size_of(value: Any) -> int:
    """Bytes as DynamoDB counts them, numbers at their most."""
    if isinstance(value, list):
        return 3 + sum(1 + size_of(each) for each in value)
    return len(str(value).encode()) + (2 if isinstance(value, int) else 0)


def rows(table: Table, order_id: str) -> list[dict[str, Any]]:
    return list(table.query(order_key(order_id)["PK"], consistent=True))


def test_the_tasks_are_those_of_the_sagas_and_the_other_domains(orders_tasks: ModuleType) -> None:
    assert orders_tasks.tasks.names == [
        "cancel_event_order",
        "cancel_order",
        "close_refund",
        "confirm_order",
        "export_user",
        "list_event_orders",
        "plan_refund",
        "read_order",
        "report_parked",
        "void_tickets",
    ]
