"""A rush sells what there is, once, and leaves nothing behind; else a goal is missed."""

import pytest
from embedded.bench.rush import Rushed, findings, paper, rush_at
from embedded.bench.rush.arrivals import Outcome
from embedded.stack import RunningStack

SOLD = {"available": 0, "reserved": 0, "allocated": 25, "blocked": 0}


def rushed(held: list[list[int]], statuses: dict[str, int], violations: int = 0) -> Rushed:
    outcome = Outcome(buyers=30, rate=10)
    outcome.held = held
    outcome.won.seconds = [0.1]
    outcome.refused.seconds = [0.2]
    return Rushed(2.0, 25, outcome, statuses, violations, 1.0)


@pytest.mark.stack
def test_a_small_rush_sells_every_seat_once_and_the_audit_is_clean(stack: RunningStack) -> None:
    one = rush_at(stack, rate=20, buyers=20, seats=25, share=2)
    assert all(goal.is_met for goal in findings(10, [one]).goals), one
    assert sorted(one.outcome.seats_held) == list(range(1, 26))
    assert (one.outcome.won.n, len(one.outcome.orders), one.outcome.refused.n) == (5, 5, 15)


@pytest.mark.parametrize(
    "one",
    [
        rushed([[1, 2], [2, 3]], SOLD),
        rushed([[1]], {**SOLD, "allocated": 24, "available": 1}),
        rushed([[1]], {**SOLD, "reserved": 5}),
        rushed([[1]], SOLD, violations=1),
    ],
    ids=["twice", "unsold", "left behind", "audit"],
)
def test_what_is_wrong_after_a_rush_misses_a_goal(one: Rushed) -> None:
    assert not all(goal.is_met for goal in findings(10, [one]).goals)
    assert all(goal.is_met for goal in findings(10, [rushed([[1], [2]], SOLD)]).goals)


def test_the_first_ceiling_on_aws_is_the_lowest() -> None:
    assert paper.first().part == "DynamoDB, claims of one section"
    assert paper.table().rows[0][0] == paper.first().part
