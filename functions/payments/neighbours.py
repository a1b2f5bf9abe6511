"""What payments asks of other domains, by their task functions."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.shared.observability import logger
from functions.shared.problems import ServiceUnavailable
from functions.shared.tasks import call

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient


class Orders:
    def __init__(self, client: "LambdaClient", function_name: str) -> None:
        self._client = client
        self._function_name = function_name

    def read(self, order_id: str, user_id: int | None = None) -> dict[str, Any]:
        """A user's order, or anybody's. Raises NotFound, or ServiceUnavailable."""
        owner = {} if user_id is None else {"userId": user_id}
        return self._call("read_order", {"orderId": order_id, **owner})

    def plan_refund(self, **wish: Any) -> dict[str, Any]:
        """The refund that a wish comes to: its saga's input, and whether it `isClosed`.

        Raises what orders refuses it with, or ServiceUnavailable.
        """
        return self._call("plan_refund", wish)

    def _call(self, task: str, payload: dict[str, Any]) -> dict[str, Any]:
        try:
            return call(self._client, self._function_name, task, payload)
        except (BotoCoreError, ClientError) as error:
            logger.exception("orders is away")
            raise ServiceUnavailable.retry_after(1, "Orders did not answer.") from error
