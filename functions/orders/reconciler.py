"""The reconciler's handler; deployed as `orders-reconciler`: each minute, and when a saga breaks
off.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import Json

from functions.orders.neighbours import Payments, Seating
from functions.orders.reconciling import Reconciled, Reconciler
from functions.orders.sagas import Sagas
from functions.orders.settings import ReconcilerSettings
from functions.orders.store import Store
from functions.shared import aws
from functions.shared.dynamodb import Table
from functions.shared.tasks import TaskInput, Tasks

# A neighbour's function gives up before; asking it once more would outlast this one.
_NEIGHBOUR_SECONDS: Final = 26
# An order begun is an order ended, unless a neighbour hangs: time for one that does.
_SECONDS_FOR_ONE: Final = 30

settings = ReconcilerSettings.from_environment()
store = Store(Table(aws.dynamodb(), settings.table_name))
seating = Seating(aws.functions(_NEIGHBOUR_SECONDS, 1), settings.seating_tasks_function)
payments = Payments(aws.functions(_NEIGHBOUR_SECONDS, 1), settings.payments_tasks_function)
sagas = Sagas(
    aws.step_functions(), settings.booking_state_machine_arn, settings.refund_state_machine_arn
)
reconciler = Reconciler(store, seating, payments, sagas, settings.reconcile_after)
tasks = Tasks()


class ReconcileOpenOrders(TaskInput):
    """`seconds_left`: no order is begun after that."""

    seconds_left: float = 30


class ReconcileOrder(TaskInput):
    order_id: str


class SagaInput(TaskInput):
    order_id: str


class EndedExecution(TaskInput):
    """What Step Functions tells of an execution; `input` is JSON in a string."""

    input: Json[SagaInput]


class ReconcileExecution(TaskInput):
    detail: EndedExecution


@tasks.task
def reconcile_open_orders(request: ReconcileOpenOrders) -> Mapping[str, Any]:
    """What became of how many open orders that were past their window."""
    return dict(reconciler.sweep(datetime.now(UTC), request.seconds_left))


@tasks.task
def reconcile_order(request: ReconcileOrder) -> Mapping[str, Any]:
    """One order, at once if it is past its window or its saga broke off. Raises NotFound."""
    return _answer(reconciler.reconcile(request.order_id, datetime.now(UTC)))


@tasks.task
def reconcile_execution(request: ReconcileExecution) -> Mapping[str, Any]:
    """The order of a saga that broke off, likewise."""
    order_id = request.detail.input.order_id
    return _answer(reconciler.reconcile(order_id, datetime.now(UTC)))


def _answer(reconciled: Reconciled) -> dict[str, Any]:
    return {
        "orderId": reconciled.order_id,
        "outcome": reconciled.outcome,
        "steps": list(reconciled.steps),
    }


def handler(payload: dict[str, Any], context: Any) -> Mapping[str, Any]:
    """Lambda's entry point; how long it may still run bounds a pass."""
    if payload.get("task") == reconcile_open_orders.__name__ and context is not None:
        left = context.get_remaining_time_in_millis() / 1000 - _SECONDS_FOR_ONE
        payload = {"secondsLeft": max(left, 0), **payload}
    return tasks.handler(payload, context)
