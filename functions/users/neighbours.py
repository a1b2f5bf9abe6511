"""What users asks of other domains, by their task functions: what they hold of a user."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from functions.shared.observability import logger
from functions.shared.problems import ServiceUnavailable
from functions.shared.tasks import call

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

Document = dict[str, Any]


class TaskFunctions(NamedTuple):
    """The names of the other domains' functions."""

    orders: str
    payments: str
    seating: str
    catalog: str


class Neighbours:
    """Each method raises ServiceUnavailable while whom it asks is away."""

    def __init__(self, client: "LambdaClient", functions: TaskFunctions) -> None:
        self._client = client
        self._functions = functions

    def orders_of(self, user_id: int) -> Iterator[list[Document]]:
        """A page after the other, with tickets."""
        cursor: str | None = None
        while True:
            page = self._call(self._functions.orders, "export_user", userId=user_id, cursor=cursor)
            yield page["orders"]
            cursor = page["cursor"]
            if cursor is None:
                return

    def payments_of(self, user_id: int, order_ids: Sequence[str]) -> list[Document]:
        """For these orders, with attempts and refunds."""
        asked = {"userId": user_id, "orderIds": list(order_ids)}
        found: list[Document] = self._call(self._functions.payments, "export_user", **asked)[
            "payments"
        ]
        return found

    def reservations_of(self, user_id: int, reservation_ids: Sequence[str]) -> list[Document]:
        """Of these ids."""
        return self._reservations(userId=user_id, reservationIds=list(reservation_ids))

    def holds_of(self, user_id: int) -> Iterator[list[Document]]:
        """What the user has reserved now, at any event on sale."""
        after: int | None = 0
        while after is not None:
            page = self._call(self._functions.catalog, "list_on_sale", after=after)
            yield self._reservations(userId=user_id, eventIds=page["eventIds"])
            after = page["after"]

    def _reservations(self, **asked: Any) -> list[Document]:
        answer = self._call(self._functions.seating, "export_user", **asked)
        found: list[Document] = answer["reservations"]
        return found

    def _call(self, function_name: str, task: str, **asked: Any) -> dict[str, Any]:
        try:
            return call(self._client, function_name, task, asked)
        except (ServiceUnavailable, BotoCoreError, ClientError) as error:
            logger.exception("a domain is away", extra={"function": function_name, "task": task})
            raise ServiceUnavailable.retry_after(
                5, "Not all that is held of you could be read; nothing is answered by halves."
            ) from error
