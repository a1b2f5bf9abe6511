"""What other domains ask of the catalog, and what its schedule makes it do."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import Field, Json

from functions.catalog import announcements, programme
from functions.catalog.cancellation_machine import CancellationMachine, first_page
from functions.catalog.cancellations import Cancellations
from functions.catalog.domain import Pass
from functions.shared import aws
from functions.shared.models import Id
from functions.shared.postgres import DatabaseSettings, create_pool
from functions.shared.tasks import TaskInput, Tasks

# What another domain asks about at once.
_PAGE: Final = 100


class Settings(DatabaseSettings):
    event_bus_name: str
    event_cancellation_state_machine_arn: str


settings = Settings.from_environment()
engine = create_pool(settings.url)
eventbridge = aws.eventbridge()
cancellations = Cancellations(
    engine,
    CancellationMachine(aws.step_functions(), settings.event_cancellation_state_machine_arn),
)
tasks = Tasks()


class DescribeEvent(TaskInput):
    event_id: Id


class ListOnSale(TaskInput):
    """`after` is the last event id of the page before."""

    after: Annotated[int, Field(ge=0)] = 0


class RelayOutbox(TaskInput):
    pass


class PassProgress(TaskInput):
    """A pass over the orders of an event, as far as it has come; orders' tasks take it further."""

    number: Annotated[int, Field(ge=1)]
    cursor: str | None
    refunded: int
    voided: int
    open: int
    pages: int

    def found(self) -> Pass:
        return Pass(self.number, self.refunded, self.voided, self.open)


class OfCancellation(TaskInput):
    event_id: Id


class AfterPass(OfCancellation):
    progress: Annotated[PassProgress, Field(alias="pass")]


class GoOn(AfterPass):
    run: int


class ResumeCancellations(TaskInput):
    pass


class MachineInput(TaskInput):
    event_id: Id


class EndedExecution(TaskInput):
    """What Step Functions tells of an execution; `input` is JSON in a string."""

    input: Json[MachineInput]


class ResumeExecution(TaskInput):
    detail: EndedExecution


@tasks.task
def list_on_sale(request: ListOnSale) -> Mapping[str, Any]:
    """A page of the ids of events that seats may be held at; `after` is None on the last one."""
    event_ids = programme.list_on_sale(engine, request.after, _PAGE)
    return {"eventIds": event_ids, "after": event_ids[-1] if len(event_ids) == _PAGE else None}


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
        "refundPolicy": announcements.promised_refunds(event),
    }


@tasks.task
def relay_outbox(_request: RelayOutbox) -> Mapping[str, Any]:
    """Publish what a crash or an absent bus has left in the outbox."""
    delivered = announcements.relay(engine, eventbridge, settings.event_bus_name, datetime.now(UTC))
    return {"delivered": delivered}


@tasks.task
def record_pass(request: AfterPass) -> Mapping[str, Any]:
    """Keep what a whole pass found; `pass` is the next one, to be begun after `waitSeconds`."""
    found = request.progress.found()
    pause = cancellations.record_pass(request.event_id, found)
    following = first_page(found.number + 1) | {"pages": request.progress.pages}
    return {"open": found.open, "waitSeconds": int(pause.total_seconds()), "pass": following}


@tasks.task
def finish_cancellation(request: OfCancellation) -> Mapping[str, Any]:
    """Every order of the event is refunded or void. Raises NotFound."""
    finished = cancellations.finish(request.event_id, datetime.now(UTC))
    return {"eventId": finished.event_id, "status": finished.status}


@tasks.task
def continue_cancellation(request: GoOn) -> Mapping[str, Any]:
    """Go on from here in a new execution, whose history is empty. Raises NotFound."""
    progress = request.progress.model_dump(mode="json", by_alias=True)
    run = cancellations.go_on(request.event_id, request.run, progress, datetime.now(UTC))
    return {"eventId": request.event_id, "run": run}


@tasks.task
def resume_cancellations(_request: ResumeCancellations) -> Mapping[str, Any]:
    """Each minute: see that every unfinished cancellation runs."""
    return cancellations.sweep(datetime.now(UTC))


@tasks.task
def resume_execution(request: ResumeExecution) -> Mapping[str, Any]:
    """The cancellation of an execution that broke off. Raises NotFound."""
    event_id = request.detail.input.event_id
    return {"eventId": event_id, "outcome": cancellations.resume(event_id, datetime.now(UTC))}


def handler(payload: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    return tasks.handler(payload, context)
