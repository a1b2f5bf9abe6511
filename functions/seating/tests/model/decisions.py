"""What the reconciler does next about an order, by the shipped table of decisions."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from functions.seating.tests.model.payments import status_of
from functions.seating.tests.model.seating import value
from functions.seating.tests.model.state import Item, Order

# By its name: domains never import each other, and the model is of all of them at once.
_shipped: Any = import_module("functions.orders.decisions")

TABLE = _shipped.TABLE

_TASKS = {
    "settle": "settle_payment",
    "allocate": "allocate_seats",
    "confirm": "confirm_order",
    "release": "release_seats",
    "cancel": "cancel_order",
    "close": "release_sold_seats",
}


class Decision(NamedTuple):
    """The task to call, empty for none; and whether none of our writes should have led here."""

    task: str
    is_contradiction: bool


Decide = Callable[[str, str, Order], Decision]


def stage_of(order: Order) -> str:
    """As the order says it; whether its refund is paid, payments knows."""
    if order.status == "CONFIRMED" and order.is_void:
        return "REFUNDING"
    return "FAILED" if order.status == "CLOSED" else order.status


def record_of(number: int, record: Item) -> str:
    status, holder = value(record, "status"), value(record, "orderId")
    return str(_shipped.record_of(status, holder, wanted=f"o{number}"))


def with_payment(stage: str, order: Order) -> str:
    """The stage, once the payment is read too: all refunds here are of whole orders."""
    is_repaid = stage == "REFUNDING" and status_of(order) == "REFUNDED"
    return "REPAID" if is_repaid else stage


def decide(stage: str, record: str, order: Order) -> Decision:
    """By the stage and the record as they were read, and the payment as it is read now."""
    stage = with_payment(stage, order)
    verdict = _shipped.verdict_of(status_of(order))
    cell = TABLE[verdict, _shipped.Record(record), _shipped.Stage(stage)]
    if cell.step == "refund":
        task = f"refund_payment {'whole' if stage == 'REFUNDING' else 'lost'}"
    else:
        task = _TASKS.get(cell.step, "")
    return Decision(task, cell.is_contradiction)
