"""What orders asks of other domains, by their task functions. Each answer is a copy to keep."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from functions.orders.domain import SEATS_LOST, Line, Order, PaymentState
from functions.orders.refund_terms import RefundPolicy
from functions.shared.observability import logger
from functions.shared.problems import NotFound, Problem, ServiceUnavailable
from functions.shared.tasks import call

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient


class Reservation(NamedTuple):
    """`status` is seating's word: ACTIVE, PAYING, COMPLETED, RELEASED or EXPIRED; `event_status`,
    too, and None for an event that it knows no state of.
    """

    reservation_id: str
    user_id: int
    event_id: int
    organizer_id: int
    status: str
    lines: tuple[Line, ...]
    currency: str
    expires_at: datetime
    event_status: str | None = None
    refund_policy: RefundPolicy | None = None


class Held(NamedTuple):
    """A reservation's record as it was written: RELEASED and EXPIRED may have no order."""

    status: str
    order_id: str | None


class Payment(NamedTuple):
    """`void_reason`: why nothing is to be paid, if that was the verdict. `is_repaid`: the refund
    that was asked about has been paid.
    """

    state: PaymentState
    void_reason: str | None
    is_repaid: bool = False


class _Tasks:
    def __init__(self, client: "LambdaClient", function_name: str) -> None:
        self._client = client
        self._function_name = function_name

    def _call(self, task: str, **payload: Any) -> dict[str, Any]:
        try:
            return call(self._client, self._function_name, task, payload)
        except (BotoCoreError, ClientError) as error:
            logger.exception("a domain is away", extra={"task": task})
            raise ServiceUnavailable.retry_after(1, f"{task} did not answer.") from error


class Seating(_Tasks):
    def reserve(
        self,
        reservation_id: str,
        event_id: int,
        seat_ids: Sequence[int],
        user_id: int,
        *,
        by_organizer: bool = False,
    ) -> Reservation:
        """Hold these seats, or find them held by this very reservation.

        The event's organizer is not slowed by what the user has held before.

        Raises NotFound, ValidationFailed and seating's own refusals (`problems.py`).
        """
        answer = self._call(
            "reserve",
            reservationId=reservation_id,
            eventId=event_id,
            seatIds=list(seat_ids),
            userId=user_id,
            byOrganizer=by_organizer,
        )
        return _reservation(answer)

    def read_reservation(self, reservation_id: str) -> Reservation:
        """Raises NotFound."""
        answer = self._call("read_reservation", reservationId=reservation_id)
        return _reservation(answer)

    def read_record(self, reservation_id: str) -> Held | None:
        """As it was written, whatever time makes of it; None if there is none."""
        try:
            answer = self._call("read_record", reservationId=reservation_id)
        except NotFound:
            return None
        return Held(answer["status"], answer["orderId"])

    def allocate(self, reservation_id: str, order_id: str) -> bool:
        """Sell the seats to the order, or find them sold to it. False if they are lost."""
        try:
            self._call("allocate_seats", reservationId=reservation_id, orderId=order_id)
        except Problem as problem:
            # By its code: seating has a class of this name, which we do not know.
            if problem.code() == SEATS_LOST:
                return False
            raise
        return True

    def release(self, reservation_id: str, order_id: str) -> None:
        """Give back what the order holds, if anything."""
        self._call("release_seats", reservationId=reservation_id, orderId=order_id)

    def release_sold(self, order: Order, seat_ids: Sequence[int]) -> None:
        """Free seats of an order whose tickets are void; one freed before is left alone."""
        self._call(
            "release_sold_seats",
            reservationId=order.reservation_id,
            orderId=order.order_id,
            eventId=order.event_id,
            seatIds=list(seat_ids),
            userId=order.user_id,
        )


class Payments(_Tasks):
    def settle(self, order_id: str, reason: str) -> str:
        """Make the verdict or find it made: VOIDED, CAPTURED, or UNKNOWN for the time being."""
        verdict: str = self._call("settle_payment", orderId=order_id, reason=reason)["verdict"]
        return verdict

    def read(self, order_id: str) -> PaymentState | None:
        """The order's payment as it stands; None if payments has not heard of it."""
        payment = self.describe(order_id)
        return None if payment is None else payment.state

    def describe(self, order_id: str, refund_id: str | None = None) -> Payment | None:
        """With a refund, whether that is paid, too."""
        try:
            answer = self._call("read_payment", orderId=order_id, refundId=refund_id)
        except NotFound:
            return None
        state = PaymentState(answer["paymentId"], answer["status"])
        return Payment(state, answer.get("voidReason"), answer.get("refundStatus") == "REFUNDED")

    def refund(
        self, order_id: str, refund_id: str, reason: str | None, amount_cents: int | None = None
    ) -> None:
        """Pay back so much, or all that is left, once for a refund id."""
        self._call(
            "refund_payment",
            orderId=order_id,
            refundId=refund_id,
            reason=reason,
            amountCents=amount_cents,
        )

    def glimpse(self, order_id: str) -> PaymentState | None:
        """The same for showing it: None, too, while payments does not answer."""
        try:
            return self.read(order_id)
        except Problem as problem:
            logger.warning("payment not shown", extra={"problem": problem.code()})
            return None


class Catalog(_Tasks):
    def organizer_of(self, event_id: int) -> int:
        """Raises NotFound."""
        organizer_id: int = self._call("describe_event", eventId=event_id)["organizerId"]
        return organizer_id


def _reservation(answer: dict[str, Any]) -> Reservation:
    return Reservation(
        reservation_id=answer["reservationId"],
        user_id=answer["userId"],
        event_id=answer["eventId"],
        organizer_id=answer["organizerId"],
        status=answer["status"],
        lines=tuple(
            Line(
                seat["seatId"],
                seat["section"],
                seat["row"],
                str(seat["seatNumber"]),
                seat["priceCents"],
            )
            for seat in sorted(answer["items"], key=lambda seat: int(seat["seatId"]))
        ),
        currency=answer["currency"],
        expires_at=datetime.fromisoformat(answer["expiresAt"]),
        event_status=answer.get("eventStatus"),
        refund_policy=_policy(answer.get("refundPolicy")),
    )


def _policy(told: dict[str, Any] | None) -> RefundPolicy | None:
    if told is None:
        return None
    return RefundPolicy(datetime.fromisoformat(told["fullUntil"]), told["thenPercent"])
