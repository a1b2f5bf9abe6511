"""The line to Stripe from the private network, which has no way out: a function outside it."""

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from functions.payments.domain import ProviderUnavailable
from functions.payments.providers.stripe.line import Intent
from functions.shared.observability import logger
from functions.shared.tasks import TaskFailed, call

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

# The function runs for 15 s at most, and may have to be started first. Asked once: whoever asks
# has a key to ask again with.
ANSWER_SECONDS: Final = 18
ATTEMPTS: Final = 1


class ProviderFunction:
    """`payments-provider`. Its refusals arrive as they were raised; its death is no answer."""

    def __init__(self, client: "LambdaClient", function_name: str) -> None:
        self._client = client
        self._function_name = function_name

    def create(self, key: str, amount_cents: int, currency: str, token: str) -> Intent:
        return self._intent(
            "create_intent", key=key, amountCents=amount_cents, currency=currency, token=token
        )

    def confirm(self, key: str, intent_id: str) -> Intent:
        return self._intent("confirm_intent", key=key, intentId=intent_id)

    def retrieve(self, intent_id: str) -> Intent:
        return self._intent("retrieve_intent", intentId=intent_id)

    def cancel(self, intent_id: str) -> Intent:
        return self._intent("cancel_intent", intentId=intent_id)

    def find_refund(self, key: str, intent_id: str) -> str | None:
        refund_id: str | None = self._ask("find_refund", key=key, intentId=intent_id)["refundId"]
        return refund_id

    def refund(self, key: str, intent_id: str, amount_cents: int) -> str:
        asked = {"key": key, "intentId": intent_id, "amountCents": amount_cents}
        refund_id: str = self._ask("refund_intent", **asked)["refundId"]
        return refund_id

    def _intent(self, task: str, **payload: Any) -> Intent:
        answer = self._ask(task, **payload)
        return Intent(
            answer["intentId"],
            answer["status"],
            answer["amountCents"],
            answer["currency"],
            answer["declined"],
        )

    def _ask(self, task: str, **payload: Any) -> dict[str, Any]:
        try:
            return call(self._client, self._function_name, task, payload)
        except (TaskFailed, BotoCoreError, ClientError) as error:
            logger.exception("the function that reaches the provider is away")
            raise ProviderUnavailable.retry_after(1, "The provider did not answer.") from error
