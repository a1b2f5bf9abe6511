"""What payments tells others once it is committed: domain events, and the booking that waits."""

import json
from typing import TYPE_CHECKING, Any

from functions.payments.domain import Payment, Refund, Verdict
from functions.shared import correlation
from functions.shared.events import DomainEvent, publish
from functions.shared.observability import logger
from functions.shared.outbox import Message

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_stepfunctions.client import SFNClient

SOURCE = "boxoffice.payments"
EVENT = "event"
SIGNAL = "signal"


def of_verdict(payment: Payment) -> list[Message]:
    """The verdict, just made: to the booking first, which customers wait for."""
    detail_type = "PaymentSucceeded" if payment.verdict is Verdict.SUCCESS else "PaymentVoided"
    return [*signals(payment, payment.task_token), _event(detail_type, payment)]


def signals(payment: Payment, task_token: str | None) -> list[Message]:
    """The verdict, for the booking that asked; none if the booking has not asked yet."""
    if task_token is None or payment.verdict is Verdict.PENDING:
        return []
    signal: dict[str, Any] = {"taskToken": task_token, "orderId": payment.order_id}
    if payment.verdict is Verdict.SUCCESS:
        signal["output"] = {"paymentId": payment.payment_id, "status": payment.verdict}
    else:
        signal |= {"error": "PaymentVoided", "cause": payment.void_reason or ""}
    return [Message(SIGNAL, signal)]


def of_refund(payment: Payment, refund: Refund) -> list[Message]:
    """Money was paid back: `amountCents` is this refund's."""
    more = {"refundId": refund.refund_id, "amountCents": refund.amount_cents}
    return [_event("PaymentRefunded", payment, **more)]


def _event(detail_type: str, payment: Payment, **more: Any) -> Message:
    detail = {
        "orderId": payment.order_id,
        "paymentId": payment.payment_id,
        "amountCents": payment.amount_cents,
        "currency": payment.currency,
    }
    # In order with what else is told of this payment; a signal waits for nobody.
    return Message(
        EVENT, {"detailType": detail_type, "detail": detail | more}, stream=payment.payment_id
    )


class Announcer:
    """Delivers what the outbox holds, at least once."""

    def __init__(
        self, events: "EventBridgeClient", bus_name: str, step_functions: "SFNClient"
    ) -> None:
        self._events = events
        self._bus_name = bus_name
        self._step_functions = step_functions

    def deliver(self, message: Message) -> None:
        """Raises whatever the receiver refused with; then it is tried again later."""
        if message.kind == EVENT:
            payload = message.payload
            event = DomainEvent(SOURCE, payload["detailType"], payload["detail"])
            publish(self._events, self._bus_name, [event])
        elif message.kind == SIGNAL:
            self._signal(**message.payload)
        else:
            raise ValueError(f"Nobody receives messages of kind {message.kind}.")

    def _signal(
        self,
        taskToken: str,  # noqa: N803 - a payload's spelling
        output: dict[str, Any] | None = None,
        error: str = "",
        cause: str = "",
        orderId: str | None = None,  # noqa: N803
    ) -> None:
        correlation.about(orderId=orderId)
        gone = self._step_functions.exceptions
        try:
            if output is not None:
                self._step_functions.send_task_success(
                    taskToken=taskToken, output=json.dumps(output)
                )
            else:
                self._step_functions.send_task_failure(
                    taskToken=taskToken, error=error, cause=cause
                )
        except (gone.TaskDoesNotExist, gone.TaskTimedOut, gone.InvalidToken) as refusal:
            # The booking has stopped waiting. It asks for the verdict itself then (settle_payment).
            logger.info("nobody waits for this verdict", extra={"refusal": str(refusal)})
        else:
            logger.info("booking told", extra={"outcome": error or "paid"})
