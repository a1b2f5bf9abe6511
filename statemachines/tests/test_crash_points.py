"""Whatever breaks and wherever, every order comes to its end: nobody pays for nothing.

The points are found by running each scenario once; then it runs again for every fault at every
point: some three thousand runs, of which a test takes one in `_STRIDE`, other ones of each
scenario. `make faults` takes them all.
"""

import os
from collections import Counter
from datetime import datetime
from typing import Any, Final

import pytest

from functions.orders.reconciling import Reconciler
from functions.payments import commands
from functions.payments.charging import record
from functions.payments.providers.port import Answer as PaymentAnswer
from functions.seating import booking
from statemachines.tests.world.faults import FAULTS, Fault, cases
from statemachines.tests.world.scenarios import (
    SCENARIOS,
    Scenario,
    answer_of_the_charge_lost,
    never_paid_nor_driven,
    paid_at_once,
)
from statemachines.tests.world.switchboard import Moment, Point
from statemachines.tests.world.world import World

_STRIDE: Final = int(os.environ.get("BOXOFFICE_FAULT_STRIDE", "48"))


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_whatever_breaks_is_repaired(
    world: World, scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    planned = list(cases(_points(world, scenario)))
    taken = planned[SCENARIOS.index(scenario) % _STRIDE :: _STRIDE]
    broken = [
        f"{fault.name} {point}: {finding}"
        for point, fault in taken
        for finding in _findings(world, scenario, point, fault)
    ]
    if _STRIDE == 1:
        points = len({point for point, _ in planned})
        with capsys.disabled():
            print(
                f"\n{scenario.__name__}: {points} points, {len(taken)} runs, {len(broken)} broken"
            )
    assert not broken, "\n".join(broken)


def test_a_scenario_without_faults_is_clean_and_has_many_points(world: World) -> None:
    seen: set[tuple[str, str]] = set()
    for scenario in SCENARIOS:
        points = _points(world, scenario)
        seen |= {(scenario.__name__, str(point)) for point in points}
        world.come_to_rest()
        assert not world.violations(at_rest=True), scenario.__name__
        assert not world.open_orders()
    assert len(seen) >= 60


def test_the_points_of_a_run_are_those_of_the_next(world: World) -> None:
    assert _points(world, paid_at_once) == _points(world, paid_at_once)


def test_every_fault_strikes_somewhere(world: World) -> None:
    struck = {fault.name for _, fault in cases(_points(world, paid_at_once))}
    assert struck == {fault.name for fault in FAULTS}


def _points(world: World, scenario: Scenario) -> list[Point]:
    """Found by living through it."""
    world.restart()
    world.live_through(scenario)
    return world.board.points()


def _findings(world: World, scenario: Scenario, point: Point, fault: Fault) -> list[str]:
    """What is wrong after two passes of the reconciler; nothing, as a rule."""
    world.restart()
    world.board.plan(point, lambda effect: fault.strike(world, effect))
    world.live_through(scenario)
    assert world.board.struck, f"{point} did not come again"
    world.come_to_rest()
    found = [str(violation) for violation in world.violations(at_rest=True)]
    return found + [f"{order} is open" for order in world.open_orders()]


def test_without_a_reconciler_orders_stay_open(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reconciler, "sweep", lambda *_: Counter())
    world.live_through(never_paid_nor_driven)
    world.come_to_rest()
    assert world.open_orders()
    assert {violation.invariant for violation in world.violations(at_rest=True)} == {"I9"}


def test_an_unknown_charge_taken_for_a_failure_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_up(cashier: Any, attempt: Any, now: datetime) -> Any:
        return record(cashier, attempt, PaymentAnswer.cancelled(), now)

    monkeypatch.setattr(commands, "resolve", give_up)
    world.live_through(answer_of_the_charge_lost)
    world.come_to_rest()
    assert {violation.invariant for violation in world.violations(at_rest=True)} == {"I4"}


def test_an_allocation_that_does_not_know_its_own_replay_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(booking, "_is_orders", lambda *_: False)
    (allocated,) = (
        point
        for point in _points(world, paid_at_once)
        if point.moment is Moment.AFTER and point.effect == "invoke allocate_seats"
    )
    answer_lost = next(fault for fault in FAULTS if fault.name == "answer lost")
    assert _findings(world, paid_at_once, allocated, answer_lost)
