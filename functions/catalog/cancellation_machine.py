"""Runs `statemachines/event_cancellation.asl.json` for a cancelled event."""

import json
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from functions.catalog.domain import Cancellation
from functions.shared import correlation
from functions.shared.observability import logger
from functions.shared.problems import ServiceUnavailable

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient

# Where a run is in its orders, as the machine carries it from state to state.
Progress = dict[str, Any]

RUNNING: Final = "RUNNING"


def first_page(number: int) -> Progress:
    """A pass that has looked at nothing yet. `pages` are those of its run, which are limited."""
    return {"number": number, "cursor": None, "refunded": 0, "voided": 0, "open": 0, "pages": 0}


class CancellationMachine:
    """A run is named by its event and number, so starting it twice is starting it once."""

    def __init__(self, client: "SFNClient", machine_arn: str) -> None:
        self._client = client
        self._machine_arn = machine_arn

    def start(self, cancellation: Cancellation, progress: Progress) -> None:
        """Start its run, unless that was started before. Raises ServiceUnavailable."""
        name = _name(cancellation)
        given = {
            "eventId": cancellation.event_id,
            "organizerId": cancellation.organizer_id,
            "version": cancellation.event_version,
            "run": cancellation.run,
            "at": {"pass": progress},
            "correlationId": correlation.current() or name,
        }
        try:
            self._client.start_execution(
                stateMachineArn=self._machine_arn,
                name=name,
                input=json.dumps(given, sort_keys=True, separators=(",", ":")),
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            logger.info("cancellation started before", extra={"execution": name})
        except (BotoCoreError, ClientError) as error:
            logger.exception("cancellation not started", extra={"execution": name})
            raise ServiceUnavailable.retry_after(1, "The cancellation could not start.") from error

    def status(self, cancellation: Cancellation) -> str | None:
        """Step Functions' word for its run; None if that never began. Raises ServiceUnavailable."""
        arn = self._machine_arn.replace(":stateMachine:", ":execution:")
        try:
            execution = self._client.describe_execution(executionArn=f"{arn}:{_name(cancellation)}")
        except self._client.exceptions.ExecutionDoesNotExist:
            return None
        except (BotoCoreError, ClientError) as error:
            logger.exception("cancellation away", extra={"eventId": cancellation.event_id})
            raise ServiceUnavailable.retry_after(1, "Step Functions did not answer.") from error
        return execution["status"]


def _name(cancellation: Cancellation) -> str:
    return f"event-{cancellation.event_id}-{cancellation.run}"
