"""Telling the other domains that an event has changed.

The promise is the outbox: EventChanged is committed with the change and published at least once.
Seating is also told directly, so that the organizer's next call finds it informed.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from sqlalchemy import Engine

from functions.catalog.domain import Event
from functions.catalog.store import outbox
from functions.shared.events import DomainEvent, publish
from functions.shared.observability import logger
from functions.shared.outbox import Message, drain
from functions.shared.problems import Problem
from functions.shared.tasks import call

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_lambda.client import LambdaClient

SOURCE: Final = "boxoffice.catalog"


class Announcer(NamedTuple):
    """The clients should give up soon: an organizer is waiting."""

    engine: Engine
    eventbridge: "EventBridgeClient"
    bus_name: str
    functions: "LambdaClient"
    seating_tasks_function: str

    def announce(self, event: Event, *, status_changed: bool, now: datetime) -> None:
        """Never raises: the change is committed, and the outbox still knows what to tell."""
        if status_changed:
            self._tell_seating(event)
        try:
            relay(self.engine, self.eventbridge, self.bus_name, now)
        except Problem:
            logger.exception("outbox left to the next relay", extra={"eventId": event.event_id})

    def _tell_seating(self, event: Event) -> None:
        state = event_changed(event).payload
        try:
            call(self.functions, self.seating_tasks_function, "set_event_state", state)
        except (Problem, BotoCoreError, ClientError):
            logger.exception("seating left to the domain event", extra={"eventId": event.event_id})


def event_changed(event: Event) -> Message:
    """The domain event, with what seating keeps a copy of."""
    detail = {
        "eventId": event.event_id,
        "status": event.status,
        "organizerId": event.organizer_id,
        "version": event.version,
        "refundPolicy": promised_refunds(event),
    }
    return Message("EventChanged", detail, stream=str(event.event_id))


def promised_refunds(event: Event) -> dict[str, Any] | None:
    """The refund policy by the clock, as others keep it with what they sell; None for all of it."""
    policy = event.refund_policy
    if policy is None:
        return None
    full_until = event.event_date - timedelta(hours=policy.full_until_hours)
    return {"fullUntil": full_until.isoformat(), "thenPercent": policy.then_percent}


def relay(engine: Engine, eventbridge: "EventBridgeClient", bus_name: str, now: datetime) -> int:
    """Publish what is due in the outbox and return how many messages that was."""

    def deliver(message: Message) -> None:
        publish(eventbridge, bus_name, [DomainEvent(SOURCE, message.kind, message.payload)])

    return drain(engine, outbox, deliver, now)
