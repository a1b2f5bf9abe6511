"""What AWS may deliver again at any time: tasks as they were invoked, and executions."""

import json
from typing import Any, Final

from statemachines.tests.world.world import World

_READS: Final = {"read_order", "read_payment", "read_record", "read_reservation", "report_parked"}


def repeatable(world: World) -> list[tuple[str, dict[str, Any]]]:
    """Each task that may write, as it was asked of its function; once, and the newest last."""
    asked = {
        json.dumps(payload, sort_keys=True): (function, payload)
        for function, payload in world.functions.asked
        if payload["task"] not in _READS
    }
    return list(asked.values())


def again(world: World, execution_arn: str) -> None:
    """A second execution with the same input, under another name."""
    known = world.sagas.executions[execution_arn]
    name = f"{execution_arn.rpartition(':')[2]}-again-{len(world.sagas.executions)}"
    world.sagas.start_execution(known.machine_arn, name, json.dumps(known.input))
    world.run()
