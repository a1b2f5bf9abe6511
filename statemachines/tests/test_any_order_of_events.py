"""In whatever order things happen, break and come again, every promise holds after each of them.

Thirty runs of thirty steps, the same ones each time. `make soak` makes others, for as long as it
is asked to.
"""

import os
import time
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from statemachines.tests.soak.machine import AnyOrder
from statemachines.tests.world.world import World

_MINUTES: Final = float(os.environ.get("BOXOFFICE_SOAK_MINUTES", "0"))
_SEED: Final = int(os.environ.get("BOXOFFICE_SOAK_SEED", "1"))

SETTINGS: Final = settings(
    max_examples=30,
    stateful_step_count=30,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(0)
def test_any_order_of_events_keeps_every_promise(
    world: World, record_property: Callable[[str, object], None]
) -> None:
    """One round, or as many as there is time for; each has a seed of its own."""
    ends_at = time.perf_counter() + 60 * _MINUTES
    rounds = 0
    while not rounds or time.perf_counter() < ends_at:
        print(f"round {rounds + 1}: make soak SEED={_SEED + rounds}", flush=True)
        machine: Any = seed(_SEED + rounds)(lambda: AnyOrder(world))
        run_state_machine_as_test(machine, settings=SETTINGS)
        rounds += 1
    record_property("rounds", rounds)
