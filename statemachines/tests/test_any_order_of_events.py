"""In whatever order things happen, break and come again, every promise holds after each of them.

Thirty runs of thirty steps, the same ones each time. `make soak` makes others, for as long as it
is asked to.
"""

import logging
import os
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from statemachines.tests.soak.events import names_of
from statemachines.tests.soak.machine import AnyOrder
from statemachines.tests.world.faults import FAULTS
from statemachines.tests.world.world import World

_MINUTES: Final = float(os.environ.get("BOXOFFICE_SOAK_MINUTES") or 0)
_SEED: Final = int(os.environ.get("BOXOFFICE_SOAK_SEED") or 1)

ROUND: Final = settings(
    max_examples=30,
    stateful_step_count=30,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What a failure has to tell is its story; what was logged meanwhile would bury it."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.timeout(0)
def test_any_order_of_events_keeps_every_promise(
    world: World,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One round, or as many as there is time for; each has a seed of its own."""
    began_at, tally, rounds = time.perf_counter(), Counter[str](), 0

    def tell(what: str) -> None:
        if _MINUTES:
            with capsys.disabled():
                print(f"\n{what}", end="", flush=True)

    while not rounds or time.perf_counter() < began_at + 60 * _MINUTES:
        tell(f"SEED={_SEED + rounds}, after {tally['runs']} runs")
        run_round(world, _SEED + rounds, ROUND, tally)
        rounds += 1
    tell(f"{rounds} rounds: {dict(sorted(tally.items()))}")
    assert names_of(AnyOrder) <= tally.keys(), "some events never happened"
    assert {fault.name for fault in FAULTS} <= {name.rpartition(" ")[0] for name in tally}


def run_round(world: World, with_seed: int, length: settings, tally: Counter[str]) -> None:
    machine: Any = seed(with_seed)(lambda: AnyOrder(world, tally))
    run_state_machine_as_test(machine, settings=length)
