"""Every way a booking can go, on the real definition."""

from collections.abc import Callable
from typing import Any

import pytest

from statemachines.tests.machines import Run

Book = Callable[..., Run]

HAPPY = ["SecureSeats", "CollectPayment", "AllocateSeats", "ConfirmOrder"]
UNDONE = ["ReleaseSeats", "CancelOrder"]
PARKED = ["ParkBooking", "ReportParked", "BookingParked"]
SETTLED = ["GiveUp", "SettlePayment", "PaymentVerdict"]
TRANSIENT = ["ServiceUnavailable", "TaskFailed", "Lambda.Unknown", "Sandbox.Timedout"]

ALWAYS = [{"raise": "ServiceUnavailable"}]
REFUSED = [{"raise": "PaymentVoided"}]
CAPTURED = [{"answer": {"paymentId": "pay-1", "verdict": "CAPTURED"}}]
UNKNOWN = {"answer": {"paymentId": "pay-1", "verdict": "UNKNOWN"}}
PAYMENT = {"paymentId": "pay-1", "status": "SUCCESS"}


def once(error: str) -> list[dict[str, Any]]:
    """It fails the first time; what it did before it failed, it finds done the second."""
    return [{"raise": error}, {}]


def test_a_paid_booking_takes_at_most_six_transitions(book: Book) -> None:
    run = book()
    assert (run.status, run.steps) == ("SUCCEEDED", HAPPY)
    # Entering each state and ending: what AWS charges for.
    assert len(run.steps) + 1 <= 6
    assert run.tasks() == ["secure_seats", "collect_payment", "allocate_seats", "confirm_order"]
    assert run.parked == []


def test_each_task_is_told_what_its_contract_says(book: Book) -> None:
    run = book()
    order_id = run.calls[0]["orderId"]
    goes_back_to = {"correlationId": "request-1"}
    seats = {"orderId": order_id, "reservationId": "res-1", **goes_back_to}
    assert run.last("secure_seats") == {"task": "secure_seats", **seats}
    assert run.last("allocate_seats") == {"task": "allocate_seats", **seats}
    collected = run.last("collect_payment")
    assert collected.pop("taskToken")
    assert collected == {
        "task": "collect_payment",
        "orderId": order_id,
        "userId": 3,
        "eventId": 7,
        "organizerId": 5,
        "amountCents": 2100,
        "currency": "INR",
        "expiresAt": "2026-11-22T10:15:00.000Z",
        "paymentMethod": None,
        **goes_back_to,
    }
    assert run.last("confirm_order") == {
        "task": "confirm_order",
        "orderId": order_id,
        "payment": PAYMENT,
        **goes_back_to,
    }


@pytest.mark.parametrize("error", TRANSIENT)
@pytest.mark.parametrize("task", ["secure_seats", "allocate_seats", "confirm_order"])
def test_a_passing_fault_is_tried_again(book: Book, task: str, error: str) -> None:
    run = book(**{task: once(error)})
    assert (run.status, run.steps) == ("SUCCEEDED", HAPPY)
    assert run.tasks().count(task) == 2


def test_a_function_that_dies_is_called_again(book: Book) -> None:
    run = book(allocate_seats=[{"exit": True}, {}])
    assert (run.status, run.steps) == ("SUCCEEDED", HAPPY)
    assert run.tasks().count("allocate_seats") == 2


def test_a_payment_that_cannot_be_announced_at_first_is_announced_again(book: Book) -> None:
    run = book(collect_payment=[{"raise": "ServiceUnavailable"}, {"signal": PAYMENT}])
    assert (run.status, run.steps) == ("SUCCEEDED", HAPPY)


def test_refused_seats_void_the_payment_and_cancel_the_order(book: Book) -> None:
    run = book(secure_seats=[{"raise": "ReservationExpired"}])
    assert (run.status, run.steps) == ("SUCCEEDED", ["SecureSeats", *SETTLED, *UNDONE])
    # A refusal is an answer: it is not asked for again.
    assert run.tasks() == ["secure_seats", "settle_payment", "release_seats", "cancel_order"]
    assert run.last("settle_payment")["reason"] == "ReservationExpired"
    assert run.last("cancel_order")["reason"] == "ReservationExpired"


def test_seats_that_cannot_be_secured_are_given_up_in_the_end(book: Book) -> None:
    run = book(secure_seats=ALWAYS)
    assert run.steps == ["SecureSeats", *SETTLED, *UNDONE]
    assert run.tasks().count("secure_seats") == 7


def test_a_booking_nobody_pays_for_is_settled_and_undone(book: Book) -> None:
    run = book(collect_payment=[{}], collect_seconds=1)
    assert run.status == "SUCCEEDED"
    assert run.steps == ["SecureSeats", "CollectPayment", "PaymentTimedOut", *SETTLED, *UNDONE]
    # Waiting again would keep the seats for another window.
    assert run.tasks().count("collect_payment") == 1
    assert run.last("settle_payment")["reason"] == "PaymentTimedOut"
    assert run.last("cancel_order")["reason"] == "PaymentTimedOut"


def test_a_voided_payment_undoes_the_booking(book: Book) -> None:
    run = book(collect_payment=[{"signal_error": "PaymentVoided"}])
    assert (run.status, run.steps) == (
        "SUCCEEDED",
        ["SecureSeats", "CollectPayment", *SETTLED, *UNDONE],
    )
    assert run.last("cancel_order")["reason"] == "PaymentVoided"


def test_a_payment_captured_after_all_goes_forward(book: Book) -> None:
    run = book(collect_payment=[{}], collect_seconds=1, settle_payment=CAPTURED)
    assert run.status == "SUCCEEDED"
    assert run.steps == [
        "SecureSeats",
        "CollectPayment",
        "PaymentTimedOut",
        *SETTLED,
        "AllocateSeats",
        "ConfirmOrder",
    ]
    assert run.last("confirm_order")["payment"] == CAPTURED[0]["answer"]


def test_an_unknown_verdict_is_asked_for_until_it_is_known(book: Book) -> None:
    known = {"answer": {"paymentId": "pay-1", "verdict": "VOIDED"}}
    run = book(collect_payment=REFUSED, settle_payment=[UNKNOWN, UNKNOWN, known])
    assert run.status == "SUCCEEDED"
    assert run.tasks().count("settle_payment") == 3
    assert run.steps[-2:] == UNDONE


def test_a_verdict_that_stays_unknown_is_parked_with_its_seats_kept(book: Book) -> None:
    run = book(collect_payment=REFUSED, settle_payment=[UNKNOWN])
    assert (run.status, run.error) == ("FAILED", "BookingParked")
    assert run.steps[-3:] == PARKED
    assert run.tasks().count("settle_payment") == 9
    assert not {"release_seats", "cancel_order"} & set(run.tasks())


def test_what_is_parked_carries_its_whole_state(book: Book) -> None:
    run = book(confirm_order=[{"raise": "OrderNotPending"}])
    (message,) = run.parked
    state = message["state"]
    order_id = run.calls[0]["orderId"]
    assert message["execution"].endswith(f":{order_id}")
    assert (state["orderId"], state["reservationId"], state["amountCents"]) == (
        order_id,
        "res-1",
        2100,
    )
    assert state["payment"]["answer"] == PAYMENT
    assert state["parked"]["Error"] == "OrderNotPending"
    assert run.last("report_parked")["machine"].startswith("booking-")


@pytest.mark.parametrize("error", ["ServiceUnavailable", "KeyError"])
@pytest.mark.parametrize("task", ["allocate_seats", "confirm_order"])
def test_after_capture_everything_is_tried_again_and_then_parked(
    book: Book, task: str, error: str
) -> None:
    run = book(**{task: [{"raise": error}]})
    assert (run.status, run.error) == ("FAILED", "BookingParked")
    assert run.tasks().count(task) == 11
    # Nothing paid for is undone.
    assert not {"release_seats", "cancel_order", "refund_payment"} & set(run.tasks())
    assert len(run.parked) == 1


def test_seats_lost_after_capture_are_paid_back_first(book: Book) -> None:
    run = book(allocate_seats=[{"raise": "SeatsLost"}])
    assert run.status == "SUCCEEDED"
    assert run.steps == [*HAPPY[:3], "RefundPayment", *UNDONE]
    assert run.tasks().count("allocate_seats") == 1
    refunded = run.last("refund_payment")
    assert refunded["refundId"] == refunded["orderId"]
    assert refunded["reason"] == "SeatsLost"
    assert run.last("cancel_order")["reason"] == "SeatsLost"


def test_money_that_cannot_be_paid_back_is_parked_and_the_order_left_open(book: Book) -> None:
    run = book(allocate_seats=[{"raise": "SeatsLost"}], refund_payment=ALWAYS)
    assert run.error == "BookingParked"
    assert run.tasks().count("refund_payment") == 11
    assert not {"release_seats", "cancel_order"} & set(run.tasks())
    (message,) = run.parked
    assert message["state"]["failure"]["Error"] == "SeatsLost"


@pytest.mark.parametrize("task", ["settle_payment", "release_seats", "cancel_order"])
def test_a_compensation_is_tried_again_and_then_parked(book: Book, task: str) -> None:
    recovered = book(secure_seats=[{"raise": "SeatsLost"}], **{task: [ALWAYS[0], *settled(task)]})
    assert (recovered.status, recovered.steps[-2:]) == ("SUCCEEDED", UNDONE)
    run = book(secure_seats=[{"raise": "SeatsLost"}], **{task: ALWAYS})
    assert run.error == "BookingParked"
    assert run.tasks().count(task) == 7
    assert len(run.parked) == 1


def settled(task: str) -> list[dict[str, Any]]:
    return [{"answer": {"verdict": "VOIDED"}}] if task == "settle_payment" else [{}]


def test_a_function_that_hangs_is_given_up_and_called_again(book: Book) -> None:
    run = book(task_seconds=2, allocate_seats=[{"sleep": 3}, {}])
    assert (run.status, run.steps) == ("SUCCEEDED", HAPPY)
    assert run.tasks().count("allocate_seats") == 2


def test_a_booking_that_cannot_be_queued_still_fails_where_it_is_seen(book: Book) -> None:
    run = book(confirm_order=[{"raise": "OrderNotPending"}], queue="http://127.0.0.1/no/queue")
    assert (run.status, run.error) == ("FAILED", "BookingParked")
    assert run.tasks()[-1] == "report_parked"


def test_parking_does_not_depend_on_its_report(book: Book) -> None:
    run = book(confirm_order=[{"raise": "OrderNotPending"}], report_parked=ALWAYS)
    assert (run.status, run.error, len(run.parked)) == ("FAILED", "BookingParked", 1)
