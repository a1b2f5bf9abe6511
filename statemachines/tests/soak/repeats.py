"""What AWS may deliver again at any time: tasks as they were invoked, and executions."""

import json
from typing import Any, Final

from statemachines.tests.world.world import World

_READS: Final = {
    "plan_refund",
    "read_order",
    "read_payment",
    "read_record",
    "read_reservation",
    "report_parked",
}


# A function's name, and what it was asked.
Task = tuple[str, dict[str, Any]]


def may_write(task: Task) -> bool:
    return task[1]["task"] not in _READS


def repeatable(world: World) -> list[Task]:
    """Each task that may write, as it was asked of its function; once, and the newest last."""
    asked = filter(may_write, world.functions.asked)
    return list({json.dumps(task, sort_keys=True): task for task in asked}.values())


def again(world: World, execution_arn: str) -> None:
    """A second execution with the same input, under another name."""
    known = world.sagas.executions[execution_arn]
    name = f"{execution_arn.rpartition(':')[2]}-again-{len(world.sagas.executions)}"
    world.sagas.start_execution(known.machine_arn, name, json.dumps(known.input))
    world.run()
