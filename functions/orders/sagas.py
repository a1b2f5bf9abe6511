"""Starting the sagas, and stopping them. A name runs once, so starting one twice is starting it
once.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from functions.orders.domain import Order, PaymentState
from functions.orders.items import text_of
from functions.orders.refund_terms import RefundWanted, whole_refund_id_of
from functions.shared import correlation
from functions.shared.observability import count, logger
from functions.shared.problems import ServiceUnavailable

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient

# The type and, but for the box office, the provider's token of a way to pay. Kept nowhere.
PaymentMethod = dict[str, str]


# As payments runs a refund: under its id, and again under the next name if that broke off.
_MOST_REFUNDS: Final = 10
_BROKEN_OFF: Final = {"FAILED", "TIMED_OUT", "ABORTED"}


class Run(NamedTuple):
    """One execution; `status` is Step Functions' word."""

    execution_arn: str
    status: str

    @property
    def is_running(self) -> bool:
        return self.status == "RUNNING"

    @property
    def is_broken_off(self) -> bool:
        return self.status in _BROKEN_OFF


class Sagas:
    def __init__(self, client: "SFNClient", booking_arn: str, refund_arn: str) -> None:
        self._client = client
        self._booking_arn = booking_arn
        self._refund_arn = refund_arn

    def book(self, order: Order, method: PaymentMethod | None) -> None:
        """Start the order's booking. Raises ServiceUnavailable; asking again is safe then."""
        # Canonical, and with no time of this call in it: AWS takes the same name and the same
        # input for the same execution.
        self._start(
            self._booking_arn,
            order.order_id,
            {
                "orderId": order.order_id,
                "reservationId": order.reservation_id,
                "userId": order.user_id,
                "eventId": order.event_id,
                "organizerId": order.organizer_id,
                "amountCents": order.amounts.total_cents,
                "currency": order.currency,
                "expiresAt": text_of(order.expires_at),
                # Always there: a state machine fails where a path it reads is absent.
                "paymentMethod": method,
                # The one that the order keeps: a later request's own would be another input.
                "correlationId": order.request_id,
            },
        )

    def refund(
        self,
        order: Order,
        payment: PaymentState,
        reason: str,
        wanted: RefundWanted | None = None,
    ) -> None:
        """Start a refund, or again if it broke off: of all that is left of the order, used tickets
        too, unless something else is wanted.

        Raises ServiceUnavailable, likewise.
        """
        if wanted is None:
            refund_id = whole_refund_id_of(payment.payment_id)
            wanted = RefundWanted(refund_id, reason=reason, is_forced=True)
        names = _refund_names(wanted.refund_id)
        broken_off = [run for run in self._runs(self._refund_arn, names) if run.is_broken_off]
        if len(broken_off) == len(names):
            # Each of them was parked; another one would be, too.
            logger.error("refund broke off too often", extra={"refund": wanted.refund_id})
            count("orders_contradictory_total")
            return
        self._start(
            self._refund_arn,
            names[len(broken_off)],
            refund_input(order, payment.payment_id, wanted),
        )

    def runs_of(self, order: Order) -> list[Run]:
        """Of its booking, or of its refund once that has begun; oldest first, none if none ran.

        Raises ServiceUnavailable.
        """
        if order.refund_id is not None:
            return self._runs(self._refund_arn, _refund_names(order.refund_id))
        return self._runs(self._booking_arn, [order.order_id])

    def stop(self, run: Run) -> None:
        """End a run, unless it has ended meanwhile. Raises ServiceUnavailable."""
        try:
            self._client.stop_execution(
                executionArn=run.execution_arn,
                error="Reconciled",
                cause="It took too long; the reconciler goes on from where it is.",
            )
        except (BotoCoreError, ClientError) as error:
            if self._status(run.execution_arn) == "RUNNING":
                logger.exception("saga not stopped", extra={"execution": run.execution_arn})
                raise ServiceUnavailable.retry_after(1, "The saga could not be stopped.") from error

    def _runs(self, machine_arn: str, names: Sequence[str]) -> list[Run]:
        """Those that ran, of executions that run one after the other."""
        runs: list[Run] = []
        for name in names:
            execution_arn = f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
            status = self._status(execution_arn)
            if status is None:
                break
            runs.append(Run(execution_arn, status))
        return runs

    def _status(self, execution_arn: str) -> str | None:
        """None if there is no such execution."""
        try:
            return self._client.describe_execution(executionArn=execution_arn)["status"]
        except self._client.exceptions.ExecutionDoesNotExist:
            return None
        except (BotoCoreError, ClientError) as error:
            logger.exception("saga away", extra={"execution": execution_arn})
            raise ServiceUnavailable.retry_after(1, "Step Functions did not answer.") from error

    def _start(self, machine_arn: str, name: str, given: dict[str, Any]) -> None:
        try:
            self._client.start_execution(
                stateMachineArn=machine_arn,
                name=name,
                input=json.dumps(given, sort_keys=True, separators=(",", ":")),
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            # The emulator says so while it runs, too; AWS only once it has ended.
            logger.info("saga started before", extra={"execution": name})
        except (BotoCoreError, ClientError) as error:
            logger.exception("saga not started", extra={"execution": name})
            raise ServiceUnavailable.retry_after(1, "The booking could not start.") from error


def refund_input(order: Order, payment_id: str, wanted: RefundWanted) -> dict[str, Any]:
    """What `statemachines/refund.asl.json` is started with, from either door."""
    return {
        "orderId": order.order_id,
        "refundId": wanted.refund_id,
        "paymentId": payment_id,
        "seatIds": None if wanted.seat_ids is None else list(wanted.seat_ids),
        "amountCents": wanted.amount_cents,
        "reason": wanted.reason,
        "force": wanted.is_forced,
        # Whoever asks for the refund, not whoever placed the order.
        "correlationId": correlation.current() or order.request_id,
    }


def _refund_names(refund_id: str) -> list[str]:
    return [refund_id, *(f"{refund_id}-{run}" for run in range(2, _MOST_REFUNDS + 1))]
