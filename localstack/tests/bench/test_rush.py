"""A rush sells what there is, once, and leaves nothing behind; else a goal is missed."""

import pytest
from embedded.bench.rush import Rushed, findings, most_together, paper, rush_at
from embedded.bench.rush.arrivals import Outcome
from embedded.stack import RunningStack

SOLD = {"available": 0, "reserved": 0, "allocated": 25, "blocked": 0}


def rushed(
    held: list[list[int]], statuses: dict[str, int], together: int = 0, violations: int = 0
) -> Rushed:
    outcome = Outcome(buyers=30, rate=10)
    outcome.held = held
    outcome.won.seconds = [0.1]
    outcome.refused.seconds = [0.2]
    return Rushed(2.0, 25, outcome, statuses, together, violations, 1.0)


@pytest.mark.stack
def test_a_small_rush_sells_every_seat_once_and_the_audit_is_clean(stack: RunningStack) -> None:
    one = rush_at(stack, rate=20, buyers=20, seats=25, share=2)
    assert all(goal.is_met for goal in findings(10, [one]).goals), one
    assert len(one.outcome.seats_held) == 5 * one.outcome.won.n == 5 * len(one.outcome.orders)
    assert one.outcome.won.n + one.outcome.refused.n == 20
    # Rivals who spread out may leave single seats between them.
    assert one.outcome.won.n in (3, 4, 5)


ALL = list(range(1, 26))
ALL_BUT_ONE = {**SOLD, "allocated": 24, "available": 1}


@pytest.mark.parametrize(
    "one",
    [
        rushed([ALL, [3]], SOLD),
        rushed([ALL], ALL_BUT_ONE),
        rushed([ALL[:-1]], {**SOLD, "allocated": 24}),
        rushed([ALL[:20]], {**SOLD, "allocated": 20, "available": 5}, together=5),
        rushed([ALL], {**SOLD, "reserved": 5}),
        rushed([ALL], SOLD, violations=1),
    ],
    ids=["twice", "held and free", "vanished", "would have fitted", "left behind", "audit"],
)
def test_what_is_wrong_after_a_rush_misses_a_goal(one: Rushed) -> None:
    assert not all(goal.is_met for goal in findings(10, [one]).goals)


@pytest.mark.parametrize("one", [rushed([ALL], SOLD), rushed([ALL[:-1]], ALL_BUT_ONE, together=1)])
def test_a_rush_that_left_no_party_together_meets_its_goals(one: Rushed) -> None:
    assert all(goal.is_met for goal in findings(10, [one]).goals)


def test_neighbours_are_those_of_one_row() -> None:
    assert most_together([]) == 0
    assert most_together([("1", 24), ("1", 25), ("2", 26), ("2", 28)]) == 2
    assert most_together([("2", 28), ("2", 26), ("2", 27), ("1", 3)]) == 3


def test_the_first_ceiling_on_aws_is_the_lowest() -> None:
    assert paper.first().part == "DynamoDB, claims of one section"
    assert paper.table().rows[0][0] == paper.first().part
