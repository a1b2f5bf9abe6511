"""What one thing that a customer does leaves behind in meters: counts, and no times but CPU."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from embedded.bench.cost.invocations import Invocation

# What the platform itself logs of an invocation, in this form.
# https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
_ID: Final = "0" * 36
PLATFORM_LOG: Final = (
    f"START RequestId: {_ID} Version: $LATEST\nEND RequestId: {_ID}\n"
    f"REPORT RequestId: {_ID}\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 1024 MB\t"
    "Max Memory Used: 123 MB\t\nXRAY TraceId: 1-00000000-000000000000000000000000\t"
    "SegmentId: 0000000000000000\tSampled: true\t\n"
)


@dataclass(frozen=True)
class Footprint:
    """`seats` were asked for; `transitions` and `history` are those of its execution, if any."""

    seats: int
    requests: int
    answered_bytes: int
    invocations: Sequence[Invocation]
    transitions: int = 0
    execution_log_bytes: int = 0

    @property
    def on_its_way(self) -> list[Invocation]:
        """Those that somebody waits for: the customer, or the saga."""
        return [one for one in self.invocations if not one.is_of_a_stream]

    @property
    def told(self) -> list[Invocation]:
        """Those of the tables' streams, which tell others afterwards."""
        return [one for one in self.invocations if one.is_of_a_stream]

    @property
    def write_units(self) -> float:
        return sum(one.write_units for one in self.invocations)

    @property
    def read_units(self) -> float:
        return sum(one.read_units for one in self.invocations)

    @property
    def statements(self) -> int:
        return sum(one.statements for one in self.invocations)

    @property
    def events(self) -> int:
        return sum(one.events for one in self.invocations)

    @property
    def calls(self) -> int:
        """Of AWS's services, by functions."""
        return sum(one.calls.total() for one in self.invocations)

    @property
    def cpu_seconds(self) -> float:
        return sum(one.cpu_seconds for one in self.invocations)

    @property
    def log_bytes(self) -> int:
        """Ours, the platform's and the execution's."""
        ours = sum(one.log_bytes for one in self.invocations)
        return ours + len(PLATFORM_LOG) * len(self.invocations) + self.execution_log_bytes


def transitions_of(history: Sequence[Mapping[str, Any]]) -> int:
    """As Step Functions charges an execution: its start, each state, each try again, its end."""
    kinds: list[str] = [event["type"] for event in history]
    entered = sum(kind.endswith("StateEntered") for kind in kinds)
    tasks_entered = kinds.count("TaskStateEntered")
    tried = sum(kind in ("TaskScheduled", "LambdaFunctionScheduled") for kind in kinds)
    return 1 + entered + max(0, tried - tasks_entered) + 1


def log_bytes_of(history: Sequence[Mapping[str, Any]], execution_arn: str) -> int:
    """What an execution logs at the level ALL without its data, a line an event.

    https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    """
    lines = (
        {
            "id": str(event["id"]),
            "type": event["type"],
            "details": _names(event),
            "redrive_count": "0",
            "previous_event_id": str(event.get("previousEventId", 0)),
            "event_timestamp": "0000000000000",
            "execution_arn": execution_arn,
        }
        for event in history
    )
    return sum(len(json.dumps(line)) for line in lines)


def _names(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event's details but for what goes in and out."""
    details: Mapping[str, Any] = next((event[key] for key in event if key.endswith("Details")), {})
    hidden = ("input", "output", "parameters", "inputDetails", "outputDetails")
    return {name: str(value) for name, value in details.items() if name not in hidden}
