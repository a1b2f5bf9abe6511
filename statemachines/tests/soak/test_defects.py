"""A defect that is planted is told at once by what the machine checks; `search.py` has it found."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from statemachines.tests.soak.defects import DEFECTS, restore
from statemachines.tests.soak.machine import AnyOrder
from statemachines.tests.world.world import World

Story = tuple[Callable[[AnyOrder], None], ...]

RELEASED_WHEN_SOLD: Final[Story] = (
    lambda machine: machine.reserve(0, [1, 2]),
    lambda machine: machine.order_reservation(0, "tok_ok"),
    lambda machine: machine.release(0),
)
CHARGED_WHILE_UNKNOWN: Final[Story] = (
    lambda machine: machine.order_seats(0, [1], None),
    lambda machine: machine.charge(0, "tok_timeout_after"),
    lambda machine: machine.charge(0, "tok_ok"),
)
REFUNDED: Final[Story] = (
    lambda machine: machine.order_seats(0, [1], "tok_ok"),
    lambda machine: machine.cancel(0),
)
STORIES: Final[dict[str, tuple[Story, str]]] = {
    "anybody releases": (RELEASED_WHEN_SOLD, "I2 "),
    "unknown is failure": (CHARGED_WHILE_UNKNOWN, "I4 "),
    "open attempt ignored": (CHARGED_WHILE_UNKNOWN, "was charged 2 times"),
    "a new key for each refund": (REFUNDED, "I4 "),
}


@pytest.fixture
def machine(world: World) -> Iterator[AnyOrder]:
    yield AnyOrder(world, Counter())
    restore(world)


@pytest.mark.parametrize("name", STORIES)
def test_a_planted_defect_is_told(
    machine: AnyOrder, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    story, finding = STORIES[name]
    DEFECTS[name](monkeypatch, machine.world)
    with pytest.raises(AssertionError, match=finding):
        live_through(machine, story)


@pytest.mark.parametrize("story", [RELEASED_WHEN_SOLD, CHARGED_WHILE_UNKNOWN, REFUNDED])
def test_without_a_defect_there_is_nothing_to_tell(machine: AnyOrder, story: Story) -> None:
    live_through(machine, story)
    machine.teardown()


def live_through(machine: AnyOrder, story: Story) -> None:
    for event in story:
        event(machine)
        machine.every_promise_is_kept()
