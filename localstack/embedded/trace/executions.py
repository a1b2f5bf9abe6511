"""What the state machines went through for an order: its booking, and its refunds."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

# As often as a refund that breaks off is run again (functions/payments/refund_machine.py).
_MOST_RUNS: Final = 10
_RUNNING: Final = "RUNNING"


class Stay(NamedTuple):
    """An execution's time in one state. `left_at` is None while it is there; `errors` are of the
    tries that failed.
    """

    state: str
    entered_at: datetime
    left_at: datetime | None
    errors: tuple[str, ...]


class Execution(NamedTuple):
    """`machine` is `booking` or `refund`; `stays` are in order of time."""

    machine: str
    name: str
    status: str
    began_at: datetime
    ended_at: datetime | None
    error: str | None
    stays: list[Stay]


def executions_of(
    client: Any, machine_arns: dict[str, str], order_id: str, refund_ids: Iterable[str]
) -> list[Execution]:
    """The booking, which has the order's id for a name, and each run of each refund."""
    names = [("booking", order_id)]
    for refund_id in refund_ids:
        names.append(("refund", refund_id))
        names += [("refund", f"{refund_id}-{run}") for run in range(2, _MOST_RUNS + 1)]
    found = (_read(client, machine, machine_arns[machine], name) for machine, name in names)
    return sorted(filter(None, found), key=lambda execution: execution.began_at)


def _read(client: Any, machine: str, machine_arn: str, name: str) -> Execution | None:
    """None if no execution has this name."""
    arn = f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
    try:
        told = client.describe_execution(executionArn=arn)
    except client.exceptions.ExecutionDoesNotExist:
        return None
    return Execution(
        machine,
        name,
        told["status"],
        told["startDate"],
        None if told["status"] == _RUNNING else told.get("stopDate"),
        told.get("error"),
        list(_stays(_history(client, arn))),
    )


def _history(client: Any, arn: str) -> Iterator[dict[str, Any]]:
    pages = client.get_paginator("get_execution_history").paginate(
        executionArn=arn, includeExecutionData=False
    )
    for page in pages:
        yield from page["events"]


def _stays(events: Iterable[dict[str, Any]]) -> Iterator[Stay]:
    """These machines have no branches, so a state is left before the next one is entered."""
    stay: Stay | None = None
    for event in events:
        if "stateEnteredEventDetails" in event:
            if stay is not None:
                yield stay
            name = event["stateEnteredEventDetails"]["name"]
            stay = Stay(name, event["timestamp"], None, ())
        elif stay is None:
            continue
        elif "stateExitedEventDetails" in event:
            yield stay._replace(left_at=event["timestamp"])
            stay = None
        elif event["type"].endswith(("Failed", "TimedOut")):
            stay = stay._replace(errors=(*stay.errors, _error(event)))
    if stay is not None:
        yield stay


def _error(event: dict[str, Any]) -> str:
    """A failure's own name, which its details have under a name of their own."""
    details = [value for name, value in event.items() if name.endswith("EventDetails")]
    named = [str(each["error"]) for each in details if each.get("error")]
    return named[0] if named else str(event["type"])
