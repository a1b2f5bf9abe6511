"""Items of a Map in the world's Step Functions, by the developer guide ("Map workflow state")."""

from collections.abc import Iterator
from typing import Any

import pytest

from statemachines.tests.machines import Moves
from statemachines.tests.test_interpreter import (
    ALWAYS,
    RETRIED,
    TASK,
    UNNAMED,
    asking,
    error_of,
    machine,
)
from statemachines.tests.world.clock import Clock
from statemachines.tests.world.executions import State, Status
from statemachines.tests.world.scripted import Scripted


@pytest.fixture
def ours() -> Iterator[Scripted]:
    clock = Clock()
    clock.start()
    yield Scripted(clock)
    clock.stop()


def test_as_many_items_of_a_map_are_at_work_as_may_be(ours: Scripted) -> None:
    """MaxConcurrency: "an upper bound on the number of Map iterations that can run in parallel"."""
    items = mapped(MaxConcurrency=2, ResultPath="$.answers", Next="after")
    after = TASK | {"Parameters": asking("after", **{"given.$": "$.answers"})}
    # The first two wait a second for their next try; the third waits for one of them to end.
    moves: Moves = [*ALWAYS, *ALWAYS, {"answer": "a"}, {"answer": "b"}, {"answer": "c"}]
    execution = ours.start(machine(items=items, after=after), {"ids": [1, 2, 3]}, work=moves)
    ours.finish()
    assert [call["id"] for call in ours.calls[:-1]] == [1, 2, 1, 2, 3]
    answers = [answer["Payload"] for answer in ours.calls[-1]["given"]]
    assert (execution.status, answers) == (Status.SUCCEEDED, ["a", "b", "c"])


def test_a_map_fails_with_the_first_of_its_items_and_the_others_are_given_up(
    ours: Scripted,
) -> None:
    moves: Moves = [*ALWAYS, *UNNAMED, {}]
    execution = ours.start(machine(items=mapped(End=True)), {"ids": [1, 2]}, work=moves)
    ours.finish()
    assert (execution.status, error_of(execution)) == (Status.FAILED, "KeyError")
    assert [call["id"] for call in ours.calls] == [1, 2]


def test_a_map_of_nothing_is_over_at_once(ours: Scripted) -> None:
    execution = ours.start(machine(items=mapped(End=True)), {"ids": []})
    ours.finish()
    assert (execution.status, execution.output) == (Status.SUCCEEDED, [])


def test_a_map_that_is_stopped_begins_no_more_items(ours: Scripted) -> None:
    states = machine(items=mapped(MaxConcurrency=1, End=True))
    execution = ours.start(states, {"ids": [1, 2]}, work=ALWAYS)
    ours.pass_time(0)
    ours.sagas.stop_execution(execution.arn, "Reconciled", "")
    ours.finish()
    assert (execution.status, len(ours.calls)) == (Status.ABORTED, 1)


def mapped(**more: Any) -> State:
    """A Map over `$.ids`, each of which is asked about until the answer is no passing fault."""
    each = TASK | {
        "Parameters": asking("work", **{"id.$": "$.id"}),
        "ResultPath": "$",
        "Retry": [RETRIED],
    }
    return {
        "Type": "Map",
        "ItemsPath": "$.ids",
        "ItemSelector": {"id.$": "$$.Map.Item.Value"},
        "ItemProcessor": machine(each=each),
        **more,
    }
