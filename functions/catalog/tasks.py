"""What other domains ask of the catalog, and what its schedule makes it do."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from functions.catalog import announcements, programme
from functions.shared import aws
from functions.shared.models import Id
from functions.shared.postgres import DatabaseSettings, create_pool
from functions.shared.tasks import TaskInput, Tasks


class Settings(DatabaseSettings):
    event_bus_name: str


settings = Settings.from_environment()
engine = create_pool(settings.url)
eventbridge = aws.eventbridge()
tasks = Tasks()


class DescribeEvent(TaskInput):
    event_id: Id


class RelayOutbox(TaskInput):
    pass


@tasks.task
def describe_event(request: DescribeEvent) -> Mapping[str, Any]:
    """What seating and orders keep a copy of. Raises NotFound."""
    event = programme.read_event(engine, request.event_id)
    return {
        "eventId": event.event_id,
        "status": event.status,
        "organizerId": event.organizer_id,
        "currency": event.currency,
        "basePriceCents": event.base_price_cents,
        "version": event.version,
        "title": event.title,
        "venueName": event.venue_name,
        "eventDate": event.event_date.isoformat(),
    }


@tasks.task
def relay_outbox(_request: RelayOutbox) -> Mapping[str, Any]:
    """Publish what a crash or an absent bus has left in the outbox."""
    delivered = announcements.relay(engine, eventbridge, settings.event_bus_name, datetime.now(UTC))
    return {"delivered": delivered}


def handler(payload: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    return tasks.handler(payload, context)
