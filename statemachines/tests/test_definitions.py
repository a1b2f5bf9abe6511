"""The emulator takes any definition, so what AWS would refuse, or regret, is looked for here."""

import json
from collections.abc import Iterator
from math import ceil
from typing import Any
from uuid import UUID

import pytest

from functions.catalog.domain import pause_after
from functions.orders.event_orders import MOST_OPEN
from infra.definitions import (
    CANCELLATION,
    blanks,
    defined_machines,
    fill_in,
    read_definition,
    timeouts,
)
from infra.environments import Windows
from infra.timeouts import TASK_SECONDS

State = dict[str, Any]

ENDS = {"Succeed", "Fail"}
JSONATA = {"QueryLanguage", "Assign", "Arguments", "Output", "Condition", "Items"}
WINDOWS = Windows()
LONGEST_PAUSE_SECONDS = int(pause_after(1_000).total_seconds())


def filled_in(name: str) -> State:
    definition = read_definition(name)
    numbers = timeouts(WINDOWS)
    strings = {blank: f"the-{blank}" for blank in blanks(definition) - numbers.keys()}
    machine: State = json.loads(fill_in(definition, numbers=numbers, strings=strings))
    return machine


def levels(machine: State) -> Iterator[State]:
    """The machine and, within it, the machine of each Map and each branch of a Parallel."""
    yield machine
    for state in machine["States"].values():
        inner = [state[key] for key in ("ItemProcessor", "Iterator") if key in state]
        for below in (*inner, *state.get("Branches", ())):
            yield from levels(below)


def states(machine: State) -> Iterator[tuple[str, State]]:
    for level in levels(machine):
        yield from level["States"].items()


def targets(state: State) -> list[str]:
    """Where a state may lead: on, by choice, or by an error it catches."""
    ways = [state, *state.get("Choices", ()), *state.get("Catch", ())]
    return [way[key] for way in ways for key in ("Next", "Default") if key in way]


@pytest.fixture(params=defined_machines())
def machine(request: pytest.FixtureRequest) -> State:
    return filled_in(request.param)


def test_the_sagas_are_defined() -> None:
    assert {"booking", "refund", CANCELLATION} <= set(defined_machines())


def test_every_way_leads_to_a_state_that_is_there(machine: State) -> None:
    for level in levels(machine):
        assert level["StartAt"] in level["States"]
        for name, state in level["States"].items():
            missing = set(targets(state)) - level["States"].keys()
            assert not missing, f"{name} leads to {missing}"


def test_every_state_can_be_reached(machine: State) -> None:
    for level in levels(machine):
        reached, waiting = set[str](), [level["StartAt"]]
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting += targets(level["States"][name])
        assert reached == level["States"].keys()


def test_every_state_ends_or_goes_on_and_not_both(machine: State) -> None:
    for name, state in states(machine):
        ways = [key for key in ("Next", "End", "Choices") if state.get(key)]
        assert len(ways) == (0 if state["Type"] in ENDS else 1), name


def test_every_choice_has_a_way_out_when_nothing_matches(machine: State) -> None:
    for name, state in states(machine):
        assert state["Type"] != "Choice" or "Default" in state, name


def test_every_task_gives_up_in_the_end(machine: State) -> None:
    for name, state in states(machine):
        if state["Type"] == "Task":
            assert isinstance(state["TimeoutSeconds"], int), name
            assert state["TimeoutSeconds"] > 0, name


def test_every_task_retries_and_catches_whatever_is_left(machine: State) -> None:
    for name, state in states(machine):
        if state["Type"] == "Task":
            assert any(retry.get("MaxAttempts", 3) > 0 for retry in state["Retry"]), name
            assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name


def test_all_errors_stands_alone_and_last(machine: State) -> None:
    """AWS refuses it anywhere else."""
    for name, state in states(machine):
        for rules in (state.get("Retry", []), state.get("Catch", [])):
            for rule in rules:
                if "States.ALL" in rule["ErrorEquals"]:
                    assert rule["ErrorEquals"] == ["States.ALL"], name
                    assert rule is rules[-1], name


def test_a_task_function_ends_before_its_state_gives_up_on_it(machine: State) -> None:
    for name, state in states(machine):
        if state["Type"] == "Task" and state["Resource"].endswith("lambda:invoke"):
            assert state["TimeoutSeconds"] > TASK_SECONDS, name


def test_definitions_speak_jsonpath_only(machine: State) -> None:
    """Neither emulator runs JSONata."""
    assert machine.get("QueryLanguage", "JSONPath") == "JSONPath"
    for name, state in states(machine):
        assert not JSONATA & state.keys(), name
    assert "{%" not in json.dumps(machine)


def test_every_task_of_ours_goes_on_under_the_request_that_the_execution_goes_back_to(
    machine: State,
) -> None:
    """By the execution's own input: what a state knows changes, within a Map above all."""
    for name, state in states(machine):
        if "lambda:invoke" in state.get("Resource", ""):
            payload = state["Parameters"]["Payload"]
            assert payload["correlationId.$"] == "$$.Execution.Input.correlationId", name


def attempts_seconds(state: State) -> int:
    """How long a state can take with all its retries, each at its latest."""
    if state["Type"] == "Map":
        # A full page; so many one after the other as are not at work at once.
        turns = ceil(MOST_OPEN / int(state["MaxConcurrency"]))
        inner = state["ItemProcessor"]
        return turns * longest_seconds(inner, inner["StartAt"])
    if state["Type"] == "Wait":
        longest: int = state.get("Seconds", LONGEST_PAUSE_SECONDS)
        return longest
    if state["Type"] != "Task":
        return 0
    total: int = state["TimeoutSeconds"]
    # A wait for a token is never begun again after its timeout, so only the calls repeat.
    again = (
        TASK_SECONDS if state["Resource"].endswith("waitForTaskToken") else state["TimeoutSeconds"]
    )
    for retry in state["Retry"]:
        wait = retry.get("IntervalSeconds", 1)
        for _ in range(retry.get("MaxAttempts", 3)):
            total += again + min(wait, retry.get("MaxDelaySeconds", wait))
            wait *= retry.get("BackoffRate", 2)
    return total


def longest_seconds(machine: State, name: str, behind: frozenset[str] = frozenset()) -> int:
    """The longest way from a state to an end, on which no state comes twice."""
    state = machine["States"][name]
    behind |= {name}
    ways = [longest_seconds(machine, way, behind) for way in targets(state) if way not in behind]
    return attempts_seconds(state) + max(ways, default=0)


def test_no_path_through_a_machine_outlasts_its_own_timeout(machine: State) -> None:
    """Nothing catches that timeout: whatever was under way would be left as it is."""
    worst = longest_seconds(machine, machine["StartAt"])
    if "WaitForVerdict" in machine["States"]:
        # Asked nine times, with eight waits in between: 2, 4 ... 256 s.
        waits = [2**number for number in range(1, 9)]
        worst += sum(waits) + len(waits) * attempts_seconds(machine["States"]["SettlePayment"])
    if "ListOrders" in machine["States"]:
        # Each page at its worst is a whole pass.
        turn = ("ListOrders", "CancelOrders", "RecordPass", "WaitForOrders")
        worst += pages(machine) * sum(attempts_seconds(machine["States"][name]) for name in turn)
    assert machine["TimeoutSeconds"] > worst


def pages(machine: State) -> int:
    """How many an execution lists before it goes on in another one."""
    limits = {
        choice["NumericLessThanEquals"]
        for name in ("PageDone", "PassDone")
        for choice in machine["States"][name]["Choices"]
        if choice["Variable"] == "$.at.pass.pages"
    }
    [limit] = limits
    return int(limit) + 1


def events_of(state: State, items: int = 0) -> int:
    """What a state adds to the history, at most: entered and exited, and each try of a task
    scheduled, started and ended; a Map and each of its items begin and end beside.
    """
    match state["Type"]:
        case "Task":
            tries = 1 + sum(int(retry.get("MaxAttempts", 3)) for retry in state["Retry"])
            return 2 + 3 * tries
        case "Map":
            inner = state["ItemProcessor"]["States"].values()
            return 4 + items * (2 + sum(map(events_of, inner)))
        case _:
            return 2


def test_a_cancellation_goes_on_elsewhere_before_its_history_is_full() -> None:
    """Standard Workflows: "Maximum execution history size: 25,000 events", and then they fail."""
    machine = filled_in(CANCELLATION)
    states = machine["States"]
    turn = ("ListOrders", "CancelOrders", "PageDone", "RecordPass", "PassDone", "WaitForOrders")
    once = states.keys() - set(turn)
    worst = sum(events_of(states[name]) for name in once)
    worst += pages(machine) * sum(events_of(states[name], MOST_OPEN) for name in turn)
    assert worst < 25_000
    # And not so soon that a large event takes a great many.
    assert worst > 15_000


def test_a_page_of_orders_fits_into_a_state() -> None:
    """ "Maximum input or output size for a task, state, or execution: 256 KiB"."""
    ids = [str(UUID(int=number)) for number in range(MOST_OPEN)]
    assert len(json.dumps(ids)) < 256 * 1024 / 10


def test_the_verdict_is_asked_for_nine_times() -> None:
    """What the longest path above rests on."""
    machine = filled_in("booking")
    asked, wait = 1, machine["States"]["GiveUp"]["Result"]["waitSeconds"]
    last = machine["States"]["PaymentVerdict"]["Choices"][-1]["And"][-1]["NumericLessThanEquals"]
    while wait <= last:
        asked, wait = asked + 1, wait * 2
    assert (asked, wait) == (9, 512)
