"""Every way a refund can go, on the real definition."""

from collections.abc import Callable
from typing import Any

import pytest

from statemachines.tests.machines import Run
from statemachines.tests.scripted_tasks import ANSWERS

Refund = Callable[..., Run]

STEPS = ["VoidTickets", "RefundPayment", "ReleaseSoldSeats", "CloseRefund"]
TASKS = ["void_tickets", "refund_payment", "release_sold_seats", "close_refund"]
ALWAYS = [{"raise": "ServiceUnavailable"}]


def test_a_refund_voids_pays_back_frees_and_closes_in_this_order(refund: Refund) -> None:
    run = refund()
    assert (run.status, run.steps, run.tasks()) == ("SUCCEEDED", STEPS, TASKS)
    order_id = run.calls[0]["orderId"]
    assert run.last("void_tickets") == {
        "task": "void_tickets",
        "orderId": order_id,
        "refundId": "refund-1",
        "correlationId": "request-2",
        "seatIds": None,
        "amountCents": None,
        "reason": "cancelled",
        "force": False,
    }
    # As voiding has decided it, not as it was asked.
    assert run.last("refund_payment") == {
        "task": "refund_payment",
        "orderId": order_id,
        "refundId": "refund-1",
        "correlationId": "request-2",
        "amountCents": 2100,
        "reason": "cancelled",
    }
    assert run.last("release_sold_seats") == {
        "task": "release_sold_seats",
        "orderId": order_id,
        "correlationId": "request-2",
        "reservationId": "res-1",
        "eventId": 7,
        "seatIds": [1, 2],
        "userId": 3,
    }
    assert run.last("close_refund") == {
        "task": "close_refund",
        "orderId": order_id,
        "refundId": "refund-1",
        "correlationId": "request-2",
    }


@pytest.mark.parametrize("task", TASKS)
def test_any_fault_is_tried_again(refund: Refund, task: str) -> None:
    moves: list[dict[str, Any]] = [{"raise": "KeyError"}, {}]
    if task == "void_tickets":
        moves = [{"raise": "OrderNotConfirmed"}, ANSWERS["void_tickets"]]
    run = refund(**{task: moves})
    assert (run.status, run.steps) == ("SUCCEEDED", STEPS)
    assert run.tasks().count(task) == 2


@pytest.mark.parametrize("task", TASKS)
def test_a_refund_that_cannot_go_on_is_parked_and_can_be_run_again(
    refund: Refund, task: str
) -> None:
    run = refund(**{task: ALWAYS})
    assert (run.status, run.error) == ("FAILED", "RefundParked")
    assert run.steps[-3:] == ["ParkRefund", "ReportParked", "RefundParked"]
    assert run.tasks().count(task) == 11
    # Nothing after it was begun: money goes back only for tickets that are void.
    assert not set(TASKS[TASKS.index(task) + 1 :]) & set(run.tasks())
    (message,) = run.parked
    assert message["state"]["refundId"] == "refund-1"
    assert message["state"]["parked"]["Error"] == "ServiceUnavailable"

    order_id = run.calls[0]["orderId"]
    again = refund(order_id)
    assert (again.status, again.tasks()) == ("SUCCEEDED", TASKS)


@pytest.mark.parametrize(
    ("refusal", "error"), [("OrderNotRefundable", "RefundRefused"), ("TicketUsed", "TicketUsed")]
)
def test_tickets_that_it_may_not_have_are_left_alone(
    refund: Refund, refusal: str, error: str
) -> None:
    run = refund(void_tickets=[{"raise": refusal}])
    assert (run.status, run.error) == ("FAILED", error)
    # Refused before anything was done: nothing to park, and nothing to try again.
    assert (run.tasks(), run.parked) == (["void_tickets"], [])


def test_a_refund_waits_for_another_one_to_end(refund: Refund) -> None:
    busy = {"raise": "RefundInProgress"}
    run = refund(void_tickets=[busy, busy, ANSWERS["void_tickets"]])
    assert (run.status, run.tasks().count("void_tickets")) == ("SUCCEEDED", 3)
    # It was promised: what does not end is told of, not dropped.
    run = refund(void_tickets=[busy])
    assert (run.status, run.error, len(run.parked)) == ("FAILED", "RefundParked", 1)
