"""What orders does for the sagas and for other domains; deployed as `orders-tasks`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from functions.orders.bookings import Bookings
from functions.orders.domain import PaymentState
from functions.orders.neighbours import Payments
from functions.orders.settings import OrdersSettings
from functions.orders.store import Store
from functions.orders.views import order_answer
from functions.shared import aws
from functions.shared.dynamodb import Table
from functions.shared.observability import count, logger
from functions.shared.problems import NotFound
from functions.shared.tasks import TaskInput, Tasks

settings = OrdersSettings.from_environment()
store = Store(Table(aws.dynamodb(), settings.table_name))
payments = Payments(aws.functions(), settings.payments_tasks_function)
bookings = Bookings(store, payments)
tasks = Tasks()


class PaymentAnswer(TaskInput):
    """What payments told the saga: a signal (`status`), or a settlement (`verdict`)."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")

    payment_id: str
    status: str | None = None
    verdict: str | None = None

    def state(self) -> PaymentState:
        # A settlement that leads to a confirmation found the money captured.
        return PaymentState(self.payment_id, self.status or "SUCCESS")


class ConfirmOrder(TaskInput):
    order_id: str
    payment: PaymentAnswer | None = None


class CancelOrder(TaskInput):
    """`reason` is the saga's error, or a plain code word."""

    order_id: str
    reason: str


class VoidTickets(TaskInput):
    order_id: str
    refund_id: str


class CloseRefund(TaskInput):
    order_id: str
    refund_id: str


class ReadOrder(TaskInput):
    """`user_id`: only if it is this user's."""

    order_id: str
    user_id: int | None = None


class ReportParked(TaskInput):
    order_id: str
    machine: str


@tasks.task
def confirm_order(request: ConfirmOrder) -> Mapping[str, Any]:
    """The order CONFIRMED and its tickets issued, or found so. Raises OrderNotPending."""
    payment = request.payment.state() if request.payment else None
    order = bookings.confirm(request.order_id, payment, datetime.now(UTC))
    return {"orderId": order.order_id, "status": order.status}


@tasks.task
def cancel_order(request: CancelOrder) -> Mapping[str, Any]:
    """The order CANCELLED or FAILED, or found so. Raises OrderNotPending, PaymentNotSettled."""
    order = bookings.cancel(request.order_id, request.reason, datetime.now(UTC))
    return {"orderId": order.order_id, "status": order.status, "reason": order.reason}


@tasks.task
def void_tickets(request: VoidTickets) -> Mapping[str, Any]:
    """Whose seats the voided tickets were. Raises OrderNotConfirmed, OrderNotRefundable."""
    order = bookings.void_tickets(request.order_id, request.refund_id, datetime.now(UTC))
    return {
        "orderId": order.order_id,
        "reservationId": order.reservation_id,
        "eventId": order.event_id,
        "userId": order.user_id,
        "seatIds": [line.seat_id for line in order.lines],
    }


@tasks.task
def close_refund(request: CloseRefund) -> Mapping[str, Any]:
    """The order REFUNDED, or found so. Raises OrderNotRefundable."""
    order = bookings.close_refund(request.order_id, request.refund_id, datetime.now(UTC))
    return {"orderId": order.order_id, "status": order.status}


@tasks.task
def read_order(request: ReadOrder) -> Mapping[str, Any]:
    """The order as the API shows it, with its event's organizer. Raises NotFound."""
    order = store.find_order(request.order_id)
    if order is None or request.user_id not in (None, order.user_id):
        raise NotFound("There is no such order.")
    return order_answer(order)


@tasks.task
def report_parked(request: ReportParked) -> Mapping[str, Any]:
    """Count a saga that could not go on; its state is in the queue of parked bookings."""
    # The machine's name ends in what it is of, and starts with the environment's.
    kind = request.machine.rpartition("-")[2]
    logger.error("parked", extra={"orderId": request.order_id, "machine": kind})
    count("bookings_parked")
    return {"orderId": request.order_id}


def handler(payload: dict[str, Any], context: Any) -> Mapping[str, Any]:
    return tasks.handler(payload, context)
