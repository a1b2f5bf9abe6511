"""What orders asks of other domains, by their task functions. Each answer is a copy to keep."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from functions.orders.domain import Line, PaymentState
from functions.shared.observability import logger
from functions.shared.problems import NotFound, Problem, ServiceUnavailable
from functions.shared.tasks import call

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient


class Reservation(NamedTuple):
    """`status` is seating's word: ACTIVE, PAYING, COMPLETED, RELEASED or EXPIRED."""

    reservation_id: str
    user_id: int
    event_id: int
    organizer_id: int
    status: str
    lines: tuple[Line, ...]
    currency: str
    expires_at: datetime


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
        self, reservation_id: str, event_id: int, seat_ids: Sequence[int], user_id: int
    ) -> Reservation:
        """Hold these seats, or find them held by this very reservation.

        Raises NotFound, ValidationFailed and seating's own refusals (`problems.py`).
        """
        answer = self._call(
            "reserve",
            reservationId=reservation_id,
            eventId=event_id,
            seatIds=list(seat_ids),
            userId=user_id,
        )
        return _reservation(answer)

    def read_reservation(self, reservation_id: str) -> Reservation:
        """Raises NotFound."""
        answer = self._call("read_reservation", reservationId=reservation_id)
        return _reservation(answer)


class Payments(_Tasks):
    def settle(self, order_id: str, reason: str) -> str:
        """Make the verdict or find it made: VOIDED, CAPTURED, or UNKNOWN for the time being."""
        verdict: str = self._call("settle_payment", orderId=order_id, reason=reason)["verdict"]
        return verdict

    def read(self, order_id: str) -> PaymentState | None:
        """The order's payment as it stands; None if payments has not heard of it."""
        try:
            answer = self._call("read_payment", orderId=order_id)
        except NotFound:
            return None
        return PaymentState(answer["paymentId"], answer["status"])

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
    )
