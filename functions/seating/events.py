"""What other domains have told: catalog's EventChanged, in any order and more than once."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from functions.seating.catalog import ToldPolicy, policy_of
from functions.seating.domain import EventStatus, SaleState
from functions.seating.sale_states import advance_state
from functions.seating.settings import SeatingSettings
from functions.seating.store.store import Store
from functions.shared import aws, correlation
from functions.shared.observability import flush_metrics, logger

settings = SeatingSettings.from_environment()
store = Store(aws.dynamodb(), settings.table_name)


class EventChanged(BaseModel):
    # Catalog may come to tell more than seating needs.
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)

    event_id: int
    status: EventStatus
    organizer_id: int
    version: int
    refund_policy: ToldPolicy | None = None


def handler(event: dict[str, Any], context: Any) -> None:
    """Raises on what is not an EventChanged; Lambda then retries and parks it."""
    told_by = event["detail"].get(correlation.FIELD) or correlation.own_id(context)
    with correlation.under(told_by):
        _take_over(event)


def _take_over(event: dict[str, Any]) -> None:
    changed = EventChanged.model_validate(event["detail"])
    told = SaleState(
        changed.event_id,
        changed.organizer_id,
        changed.status,
        changed.version,
        refund_policy=policy_of(changed.refund_policy),
    )
    state = advance_state(store, told, datetime.now(UTC))
    logger.info(
        "event changed",
        extra={"told": changed.version, "known": state.event_version, "eventId": state.event_id},
    )
    flush_metrics()
