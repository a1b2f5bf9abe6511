"""What payments does for the sagas and for orders; deployed as `payments-tasks`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from functions.payments import commands, queries, refunding
from functions.payments.cashier import Cashier
from functions.payments.domain import Due, Verdict, payment_id_of
from functions.payments.exports import export_payments
from functions.payments.providers import simulator
from functions.payments.settings import PaymentsSettings
from functions.shared.models import Cents, Currency, Id
from functions.shared.tasks import TaskInput, Tasks

cashier = Cashier.open(PaymentsSettings.from_environment())
tasks = Tasks()

_VERDICTS = {
    Verdict.VOIDED: "VOIDED",
    Verdict.SUCCESS: "CAPTURED",
    Verdict.PENDING: "UNKNOWN",
}


class OrderMethod(TaskInput):
    type: str
    token: str | None = None


class CollectPayment(TaskInput):
    order_id: str
    user_id: int
    event_id: int
    organizer_id: int
    amount_cents: Cents
    currency: Currency
    expires_at: AwareDatetime
    task_token: str
    payment_method: OrderMethod | None = None


class SettlePayment(TaskInput):
    order_id: str
    reason: str


class RefundPayment(TaskInput):
    """Without an amount, all that is left."""

    order_id: str
    refund_id: str
    reason: str | None = None
    amount_cents: Cents | None = None


class ReadPayment(TaskInput):
    """With a `refund_id`, that refund's status, too."""

    order_id: str
    refund_id: str | None = None


class ExportUser(TaskInput):
    user_id: Id
    order_ids: Annotated[list[str], Field(max_length=100)]


class RelayOutbox(TaskInput):
    pass


@tasks.task
def collect_payment(request: CollectPayment) -> Mapping[str, Any]:
    """Announce what is due. The verdict goes to the task token, now or whenever it is made."""
    method = request.payment_method
    due = Due(**request.model_dump(exclude={"payment_method"}))
    payment = commands.collect(
        cashier,
        due,
        method.type if method else None,
        (method and method.token) or simulator.OK,
        datetime.now(UTC),
    )
    return {"paymentId": payment.payment_id, "status": payment.status}


@tasks.task
def settle_payment(request: SettlePayment) -> Mapping[str, Any]:
    """The verdict, made now if nobody has: VOIDED, CAPTURED, or UNKNOWN for want of an answer."""
    verdict = commands.settle(cashier, request.order_id, request.reason, datetime.now(UTC))
    return {"paymentId": payment_id_of(request.order_id), "verdict": _VERDICTS[verdict]}


@tasks.task
def refund_payment(request: RefundPayment) -> Mapping[str, Any]:
    """Give back so much, once for a refund id."""
    refund = refunding.give_back(
        cashier,
        payment_id_of(request.order_id),
        request.refund_id,
        request.reason,
        datetime.now(UTC),
        request.amount_cents,
    )
    return {
        "paymentId": refund.payment_id,
        "refundId": refund.refund_id,
        "status": refund.status,
        "refundedCents": refund.amount_cents,
    }


@tasks.task
def read_payment(request: ReadPayment) -> Mapping[str, Any]:
    return queries.describe_payment(cashier, request.order_id, request.refund_id)


@tasks.task
def export_user(request: ExportUser) -> Mapping[str, Any]:
    """A user's payments for these orders, with attempts and refunds."""
    return {"payments": export_payments(cashier, request.user_id, request.order_ids)}


@tasks.task
def relay_outbox(_request: RelayOutbox) -> Mapping[str, Any]:
    """Each minute: whatever a crash or a silent provider left behind."""
    return commands.relay(cashier, datetime.now(UTC))


def handler(payload: dict[str, Any], context: Any) -> Mapping[str, Any]:
    return tasks.handler(payload, context)
