"""The shipped rules and sagas, searched whole in small worlds; and each rule taken out in turn."""

import re
from dataclasses import replace
from functools import cache

import pytest

from functions.seating.rules import OPERATIONS
from functions.seating.tests.model import decisions
from functions.seating.tests.model.defects import DEFECTS, GUARDS, Defect, flawed
from functions.seating.tests.model.flaws import Flaw
from functions.seating.tests.model.machines import Machine, definition
from functions.seating.tests.model.removals import REMOVALS, Removal
from functions.seating.tests.model.search import Found, Search
from functions.seating.tests.model.settings import ALONE, PLAIN, SHORT
from functions.seating.tests.model.world import Setting, World

# A payment is announced only for seats that are PAYING, and is refunded unconfirmed only if they
# were lost. The table need not call these contradictions: its step is right there, too.
NEVER_MET = {
    ("PENDING", record, payment)
    for record, payment in (
        ("none", "PENDING"),
        ("RELEASED", "PENDING"),
        ("EXPIRED", "PENDING"),
        ("none", "REFUNDED"),
        ("EXPIRED", "REFUNDED"),
    )
} | {
    # Refunds of a part, and of tickets that cost nothing: here an order is refunded whole.
    ("REFUNDING", "COMPLETED", "REFUNDED"),
    ("REFUNDING", "COMPLETED", "PARTIALLY_REFUNDED"),
    ("REPAID", "COMPLETED", "SUCCESS"),
    ("REPAID", "COMPLETED", "PARTIALLY_REFUNDED"),
}
NEEDED = [removal for removal in REMOVALS if removal.breaks]


@cache
def searched(setting: Setting) -> Found:
    return Search(World(setting)).run(settles=True)


@pytest.mark.parametrize("setting", SHORT, ids=lambda setting: setting.name)
def test_no_state_breaks_an_invariant_and_the_system_alone_settles_each(setting: Setting) -> None:
    found = searched(setting)
    assert found.is_complete
    assert not found.ways, "\n".join(map(str, found.ways))


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_rule_taken_out_is_missed(defect: Defect) -> None:
    found = defect.search()
    assert any(way.what.startswith(defect.breaks) for way in found.ways), defect.name


def test_a_replay_of_reserve_that_relaxes_a_condition_takes_a_sold_seat() -> None:
    (defect,) = (each for each in DEFECTS if each.name == "RESERVE replayed after ALLOCATE")
    (way,) = defect.search().violations
    assert way.steps.index("o0: booking: AllocateSeats") < way.steps.index(
        "RESERVE r0 arrives late"
    )


@pytest.mark.parametrize("flaw", GUARDS)
def test_a_guard_is_not_missed(flaw: Flaw) -> None:
    found = Search(flawed(flaw)(World(PLAIN))).run(settles=True)
    assert found.is_complete
    assert not found.ways, "\n".join(map(str, found.ways))


def test_every_flaw_is_found_or_explained() -> None:
    found = {flaw for defect in DEFECTS for flaw in defect.change(World(defect.setting)).flaws}
    assert found | set(GUARDS) == set(Flaw)


def test_every_part_of_every_rule_is_needed_or_explained() -> None:
    named = [
        (operation.name, kind, part.name)
        for operation in OPERATIONS
        for kind, step in operation.steps.items()
        for part in step.parts
    ]
    assert [(each.operation, each.kind, each.part) for each in REMOVALS] == named
    assert all(bool(each.breaks) != bool(each.reason) for each in REMOVALS)


@pytest.mark.parametrize("removal", NEEDED, ids=lambda removal: removal.name)
def test_a_part_of_a_rule_taken_out_is_missed(removal: Removal) -> None:
    assert removal.search().violations


def test_what_is_forgotten_hides_nothing() -> None:
    world = World(replace(ALONE, attempts=1, second_runs=False))
    forgetting, remembering = Search(world), Search(replace(world, forgets=False))
    sizes = forgetting.run().states, remembering.run().states
    assert sizes[0] < sizes[1]
    assert set(forgetting.seats()) == set(remembering.seats())


def test_every_step_of_both_sagas_is_run_and_every_error_of_theirs_is_caught() -> None:
    labels = set().union(*(searched(setting).labels for setting in SHORT))
    for saga in ("booking", "refund"):
        machine = Machine.read(saga)
        for state, body in definition(saga)["States"].items():
            if body["Type"] == "Task" and "Park" not in state:
                assert any(f" {saga}: {state}" in label for label in labels), state
                assert machine.caught(state, "AnyError"), state


def test_the_reconciler_comes_to_every_cell_of_open_orders_that_is_no_contradiction() -> None:
    labels = set().union(*(searched(setting).labels for setting in SHORT))
    read = {
        match.groups()
        for label in labels
        if (match := re.search(r"reads (\w+), ([\w']+), (\w+), chooses", label))
    }
    expected = {
        (str(stage), str(record), str(verdict).replace("none", "None"))
        for (verdict, record, stage), cell in decisions.TABLE.items()
        if stage in ("PENDING", "REFUNDING", "REPAID") and not cell.is_contradiction
    }
    assert expected - read <= NEVER_MET
