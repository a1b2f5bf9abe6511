"""What orders does for the sagas and for other domains; deployed as `orders-tasks`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field

from functions.orders.bookings import Bookings
from functions.orders.domain import PaymentState
from functions.orders.event_orders import EventOrders
from functions.orders.event_pages import EventPages
from functions.orders.exports import export_orders
from functions.orders.neighbours import Payments
from functions.orders.order_lists import OrderLists, Position
from functions.orders.refund_plans import RefundPlans, RefundWish
from functions.orders.refund_terms import RefundWanted
from functions.orders.refunds import Refunds
from functions.orders.sagas import Sagas, refund_input
from functions.orders.settings import OrdersTasksSettings
from functions.orders.store import Store
from functions.orders.views import order_answer
from functions.shared import aws
from functions.shared.dynamodb import Table
from functions.shared.models import Cents, Id
from functions.shared.observability import count, logger
from functions.shared.pagination import decode_position, encode_cursor
from functions.shared.problems import NotFound
from functions.shared.tasks import TaskInput, Tasks

settings = OrdersTasksSettings.from_environment()
table = Table(aws.dynamodb(), settings.table_name)
store = Store(table)
lists = OrderLists(table)
payments = Payments(aws.functions(), settings.payments_tasks_function)
bookings = Bookings(store, payments)
refunds = Refunds(store)
plans = RefundPlans(store)
event_orders = EventOrders(
    store,
    EventPages(table),
    payments,
    # Bookings are started, and stopped, by others.
    Sagas(aws.step_functions(), "none", settings.refund_state_machine_arn),
)
tasks = Tasks()


class PaymentAnswer(TaskInput):
    """What payments told the saga: a signal (`status`), or a settlement (`verdict`)."""

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
    """Without `seat_ids` all live ones; without `amount_cents` what they are worth."""

    order_id: str
    refund_id: str
    seat_ids: list[int] | None = None
    amount_cents: Cents | None = None
    reason: str = "requested"
    force: bool = False

    def wanted(self) -> RefundWanted:
        seat_ids = None if self.seat_ids is None else tuple(self.seat_ids)
        return RefundWanted(
            self.refund_id, seat_ids, self.amount_cents, self.reason, is_forced=self.force
        )


class CloseRefund(TaskInput):
    order_id: str
    refund_id: str


class PlanRefund(TaskInput):
    """`as_organizer`: whoever asks organizes the event, or is an ADMIN. `asked_as` tells their
    requests for an amount apart.
    """

    order_id: str
    payment_id: str
    ticket_ids: list[str] | None = None
    amount_cents: Cents | None = None
    reason: str = "requested"
    as_organizer: bool = False
    force: bool = False
    asked_as: str | None = None

    def wish(self) -> RefundWish:
        return RefundWish(
            payment_id=self.payment_id,
            ticket_ids=None if self.ticket_ids is None else frozenset(self.ticket_ids),
            amount_cents=self.amount_cents,
            reason=self.reason,
            as_organizer=self.as_organizer,
            is_forced=self.force,
            asked_as=self.asked_as,
        )


class PassProgress(TaskInput):
    """A pass over the orders of a cancelled event, as far as it has come. `pages` are those of the
    execution that goes over them: its history is limited.
    """

    number: int
    cursor: str | None
    refunded: int
    voided: int
    open: int
    pages: int


class ListEventOrders(TaskInput):
    event_id: Id
    progress: Annotated[PassProgress, Field(alias="pass")]


class CancelEventOrder(TaskInput):
    event_id: Id
    order_id: str


class ReadOrder(TaskInput):
    """`user_id`: only if it is this user's."""

    order_id: str
    user_id: int | None = None


class ExportUser(TaskInput):
    """`cursor` is what the page before answered."""

    user_id: Id
    cursor: str | None = None


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
    """Whose seats the voided tickets were, and what is given back for them.

    Raises OrderNotConfirmed, OrderNotRefundable, RefundInProgress, TicketUsed.
    """
    order, refund = refunds.open(request.order_id, request.wanted(), datetime.now(UTC))
    return {
        "orderId": order.order_id,
        "reservationId": order.reservation_id,
        "eventId": order.event_id,
        "userId": order.user_id,
        "seatIds": list(refund.seat_ids),
        "amountCents": refund.amount_cents,
    }


@tasks.task
def close_refund(request: CloseRefund) -> Mapping[str, Any]:
    """What became of the order, now or before. Raises OrderNotRefundable."""
    order = refunds.close(request.order_id, request.refund_id, datetime.now(UTC))
    return {"orderId": order.order_id, "status": order.status}


@tasks.task
def plan_refund(request: PlanRefund) -> Mapping[str, Any]:
    """The refund that somebody asks for, as its saga is to be started; asked twice it is the same.

    Raises NotFound, ValidationFailed, Forbidden, IdempotencyKeyRequired, MoreThanCaptured,
    RefundNotOffered and what `void_tickets` raises.
    """
    order = store.find_order(request.order_id)
    if order is None:
        raise NotFound("There is no such order.")
    plan = plans.plan(order, request.wish(), datetime.now(UTC))
    return {**refund_input(order, request.payment_id, plan.wanted), "isClosed": plan.is_closed}


@tasks.task
def list_event_orders(request: ListEventOrders) -> Mapping[str, Any]:
    """The next page of a pass: the ids of open orders, and the pass with all of it counted."""
    known = request.progress
    found = event_orders.list(request.event_id, known.cursor)
    counted = {
        "number": known.number,
        "cursor": found.end,
        "refunded": known.refunded + found.refunded,
        "voided": known.voided + found.voided,
        "open": known.open + len(found.open_ids),
        "pages": known.pages + 1,
    }
    return {"orderIds": found.open_ids, "pass": counted}


@tasks.task
def cancel_event_order(request: CancelEventOrder) -> Mapping[str, Any]:
    """An order of a cancelled event voided or refunded, or the next step to that."""
    return {
        "orderId": request.order_id,
        "taken": event_orders.cancel(request.event_id, request.order_id),
    }


@tasks.task
def read_order(request: ReadOrder) -> Mapping[str, Any]:
    """The order as the API shows it, with its event's organizer. Raises NotFound."""
    order = store.find_order(request.order_id)
    if order is None or request.user_id not in (None, order.user_id):
        raise NotFound("There is no such order.")
    return order_answer(order)


@tasks.task
def export_user(request: ExportUser) -> Mapping[str, Any]:
    """A page of a user's orders with their tickets; `cursor` is None on the last one."""
    after = decode_position(request.cursor, Position)
    page = export_orders(store, lists, request.user_id, after)
    following = None if page.end is None else page.end.model_dump()
    return {"orders": page.orders, "cursor": encode_cursor(following)}


@tasks.task
def report_parked(request: ReportParked) -> Mapping[str, Any]:
    """Count a saga that could not go on; its state is in the queue of parked bookings."""
    # The machine's name ends in what it is of, and starts with the environment's.
    kind = request.machine.rpartition("-")[2]
    logger.error("parked", extra={"orderId": request.order_id, "machine": kind})
    count("refunds_parked" if kind == "refund" else "bookings_parked")
    return {"orderId": request.order_id}


def handler(payload: dict[str, Any], context: Any) -> Mapping[str, Any]:
    return tasks.handler(payload, context)
