"""Asking catalog about an event: by its task function, never in its store."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import AwareDatetime, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from functions.seating.domain import EventStatus, RefundPolicy, SaleState
from functions.seating.maps import CataloguedEvent, no_such_event
from functions.shared import tasks
from functions.shared.observability import logger
from functions.shared.problems import NotFound, ServiceUnavailable

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient


class ToldPolicy(BaseModel):
    """A refund policy as catalog tells it."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)

    full_until: AwareDatetime
    then_percent: int


def policy_of(told: ToldPolicy | None) -> RefundPolicy | None:
    return None if told is None else RefundPolicy(told.full_until, told.then_percent)


class Catalog:
    def __init__(self, client: "LambdaClient", function_name: str) -> None:
        self._client = client
        self._function_name = function_name

    def describe_event(self, event_id: int) -> CataloguedEvent:
        """Raises NotFound for an unknown event, ServiceUnavailable if catalog does not answer."""
        try:
            told = tasks.call(
                self._client, self._function_name, "describe_event", {"eventId": event_id}
            )
        except NotFound:
            raise no_such_event() from None
        except (BotoCoreError, ClientError) as error:
            logger.exception("catalog did not answer")
            raise ServiceUnavailable.retry_after(1, "The catalog did not answer.") from error
        policy = told.get("refundPolicy")
        promised = ToldPolicy.model_validate(policy) if policy else None
        return CataloguedEvent(
            SaleState(
                event_id=told["eventId"],
                organizer_id=told["organizerId"],
                status=EventStatus(told["status"]),
                event_version=told["version"],
                refund_policy=policy_of(promised),
            ),
            currency=told["currency"],
            base_price_cents=told["basePriceCents"],
        )
