"""Runs `statemachines/refund.asl.json` for a refund, and waits a while for its end."""

import json
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.payments.domain import AlreadyRefunded, TicketUsed
from functions.shared.observability import logger
from functions.shared.problems import ServiceUnavailable

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient

_POLL_SECONDS = 0.25
_MOST_RUNS = 10
_BROKEN_OFF = {"FAILED", "TIMED_OUT", "ABORTED"}


class RefundMachine:
    """A refund's execution has the refund's id for a name, so that it runs once.

    One that broke off (parked, say) is run again under the next name when asked for again; every
    step accepts being done already.
    """

    def __init__(
        self, step_functions: "SFNClient", machine_arn: str, patience_seconds: float = 8
    ) -> None:
        self._step_functions = step_functions
        self._machine_arn = machine_arn
        self._patience_seconds = patience_seconds

    def run(self, refund_id: str, refund: dict[str, Any]) -> bool:
        """Start it, or find it started. True if it succeeded by now.

        Raises AlreadyRefunded if another refund has had its tickets or its money, TicketUsed if
        somebody was admitted meanwhile, or ServiceUnavailable.
        """
        try:
            return self._run(refund_id, refund)
        except (BotoCoreError, ClientError) as error:
            logger.exception("refund saga away", extra={"refund": refund_id})
            raise ServiceUnavailable.retry_after(1, "The refund could not start.") from error

    def _run(self, refund_id: str, refund: dict[str, Any]) -> bool:
        execution_arn = self._start(refund_id, refund)
        deadline = time.monotonic() + self._patience_seconds
        while True:
            execution = self._step_functions.describe_execution(executionArn=execution_arn)
            _check_refused(execution.get("error"))
            if execution["status"] != "RUNNING" or time.monotonic() >= deadline:
                return execution["status"] == "SUCCEEDED"
            time.sleep(_POLL_SECONDS)

    def _start(self, refund_id: str, refund: dict[str, Any]) -> str:
        """The execution to wait for: the first that is new, or has not broken off."""
        execution_arn = ""
        for name in [refund_id, *(f"{refund_id}-{run}" for run in range(2, _MOST_RUNS + 1))]:
            try:
                return self._step_functions.start_execution(
                    stateMachineArn=self._machine_arn,
                    name=name,
                    input=json.dumps(refund, sort_keys=True, separators=(",", ":")),
                )["executionArn"]
            except self._step_functions.exceptions.ExecutionAlreadyExists:
                execution_arn = self._execution_arn(name)
            execution = self._step_functions.describe_execution(executionArn=execution_arn)
            if execution["status"] not in _BROKEN_OFF:
                break
        return execution_arn

    def _execution_arn(self, name: str) -> str:
        return f"{self._machine_arn.replace(':stateMachine:', ':execution:')}:{name}"


def _check_refused(error: str | None) -> None:
    """Nothing was voided, and nothing is given back: why, in a refusal of its own."""
    if error == "RefundRefused":
        raise AlreadyRefunded("Another refund of this order has had its tickets or its money.")
    if error == "TicketUsed":
        raise TicketUsed("Somebody was admitted with one of these tickets just now.")
