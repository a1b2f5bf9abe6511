"""The state machine that cancels an event: which way it goes, by what its tasks say.

That the emulator goes the same ways is for `test_interpreter.py`, which runs the same scripts.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from functions.catalog.domain import pause_after
from infra.environments import Windows
from statemachines.tests.cancellations import CANCELLATION
from statemachines.tests.machines import Run
from statemachines.tests.test_interpreter import given
from statemachines.tests.world.clock import Clock
from statemachines.tests.world.scripted import Scripted


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    clock = Clock()
    clock.start()
    yield Scripted(clock)
    clock.stop()


def run(scripted: Scripted, case: str) -> Run:
    script: dict[str, Any] = CANCELLATION[case]
    return scripted.run("event_cancellation", given("event_cancellation"), **script)


@pytest.mark.parametrize(
    ("case", "end"),
    [
        ("nothing was ever ordered", "FinishCancellation"),
        ("a pass of two pages, and one that finds nothing", "FinishCancellation"),
        ("an order that fails does not fail the pass", "FinishCancellation"),
        ("an order fails once", "FinishCancellation"),
        ("a pass of many pages", "ContinueElsewhere"),
        ("many passes", "ContinueElsewhere"),
    ],
)
def test_it_ends_when_nothing_is_open_or_goes_on_elsewhere(
    scripted: Scripted, case: str, end: str
) -> None:
    ended = run(scripted, case)
    assert (ended.status, ended.error, ended.steps[-1]) == ("SUCCEEDED", None, end)


@pytest.mark.parametrize(
    "case",
    [
        "sales cannot be closed",
        "orders cannot be listed",
        "a pass cannot be recorded",
        "it cannot go on elsewhere",
        "it cannot be finished",
    ],
)
def test_what_it_cannot_do_it_tries_eleven_times_and_then_breaks_off(
    scripted: Scripted, case: str
) -> None:
    ended = run(scripted, case)
    assert (ended.status, ended.error) == ("FAILED", "CancellationBrokeOff")
    failing = ended.tasks()[-1]
    assert ended.tasks().count(failing) == 11


def test_sales_are_closed_before_anything_is_listed(scripted: Scripted) -> None:
    began = scripted.clock.now
    ended = run(scripted, "nothing was ever ordered")
    assert ended.tasks()[:2] == ["set_event_state", "list_event_orders"]
    closed = ended.last("set_event_state")
    assert (closed["status"], closed["organizerId"], closed["version"]) == ("CANCELLED", 5, 2)
    waited = (scripted.clock.now - began).total_seconds()
    assert waited == Windows().sales_closed_seconds


def test_every_order_of_a_page_is_asked_for_with_its_event(scripted: Scripted) -> None:
    ended = run(scripted, "a pass of two pages, and one that finds nothing")
    asked = [call for call in ended.calls if call["task"] == "cancel_event_order"]
    assert [call["orderId"] for call in asked] == ["o-1", "o-2"]
    assert len({call["eventId"] for call in asked}) == 1
    # Within a Map, too, all of it goes back to the request that cancelled the event.
    assert {call["correlationId"] for call in ended.calls} == {"request-1"}


def test_the_next_page_begins_where_the_last_one_ended(scripted: Scripted) -> None:
    ended = run(scripted, "a pass of two pages, and one that finds nothing")
    cursors = [
        call["pass"]["cursor"] for call in ended.calls if call["task"] == "list_event_orders"
    ]
    assert cursors == [None, "there", None]


def test_it_waits_between_passes_as_long_as_it_is_told(scripted: Scripted) -> None:
    began = scripted.clock.now
    ended = run(scripted, "a pass of two pages, and one that finds nothing")
    assert ended.steps.count("WaitForOrders") == 1
    waited = (scripted.clock.now - began).total_seconds()
    assert waited == Windows().sales_closed_seconds + pause_after(1).total_seconds()


def test_it_goes_on_elsewhere_from_where_it_is(scripted: Scripted) -> None:
    ended = run(scripted, "a pass of many pages")
    asked = ended.last("continue_cancellation")
    assert (asked["run"], asked["pass"]["cursor"], asked["pass"]["pages"]) == (1, "there", 12)
