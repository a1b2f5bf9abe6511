"""The checker believes what can have happened, and nothing else."""

import math

import pytest

from linearizability.checker import Operation, Undecided, linearize
from linearizability.seats import (
    FREE,
    Rule,
    Seat,
    allocated,
    kept,
    refused,
    released,
    reserved,
    secured,
    seen,
    spared,
)

LOST = math.inf


def write(rule: Rule, asked_at: float, answered_at: float) -> Operation[Seat]:
    return Operation("write", asked_at, answered_at, rule)


def read(rule: Rule, asked_at: float, answered_at: float) -> Operation[Seat]:
    return Operation("read", asked_at, answered_at, rule, is_read=True)


GOOD = {
    "nothing at all": [],
    "one after the other": [
        read(seen("AVAILABLE"), 0, 1),
        write(reserved("a"), 2, 3),
        read(seen("RESERVED"), 4, 5),
        write(released("a"), 6, 7),
        write(reserved("b"), 8, 9),
    ],
    "a sale": [
        write(reserved("a"), 0, 1),
        write(secured("a"), 2, 9),
        write(allocated("a"), 2, 9),
        read(refused("b"), 3, 4),
        read(kept("a"), 5, 6),
        read(seen("ALLOCATED"), 10, 11),
    ],
    "two at once, one of them first": [
        write(reserved("a"), 0, 10),
        write(reserved("b"), 0, 10),
        write(released("a"), 3, 4),
    ],
    "two at once, the one asked later first": [
        write(reserved("b"), 0, 10),
        write(reserved("a"), 1, 10),
        write(released("a"), 3, 4),
    ],
    "a read beside a reserve sees either": [
        write(reserved("a"), 0, 10),
        read(seen("RESERVED"), 1, 2),
        read(seen("RESERVED"), 3, 4),
    ],
    "a refusal beside the reserve that it lost to": [
        write(reserved("a"), 0, 10),
        read(refused("b"), 1, 2),
    ],
    "a lost reserve that took effect, late": [
        write(reserved("a"), 0, LOST),
        read(seen("AVAILABLE"), 1, 2),
        read(seen("RESERVED"), 3, 4),
        read(refused("b"), 5, 6),
    ],
    "a lost reserve that never took effect": [
        write(reserved("a"), 0, LOST),
        write(reserved("b"), 1, 2),
        write(released("b"), 3, 4),
        read(spared(), 5, 6),
    ],
    "a lost reserve, released by its name, for all that it was never answered": [
        write(reserved("a"), 0, LOST),
        read(seen("RESERVED"), 1, 2),
        write(released("a"), 3, 4),
        write(reserved("b"), 5, 6),
    ],
    "a lost release that took effect": [
        write(reserved("a"), 0, 1),
        write(released("a"), 2, LOST),
        write(reserved("b"), 3, 4),
    ],
    "a release that waits for the lost reserve it belongs to": [
        write(reserved("a"), 0, LOST),
        write(released("a"), 1, 8),
        read(seen("RESERVED"), 2, 3),
        write(reserved("b"), 4, 9),
    ],
}

BAD = {
    "a read misses a reserve that was answered": [
        write(reserved("a"), 0, 1),
        read(seen("AVAILABLE"), 2, 3),
    ],
    "two reserve without a release between": [
        write(reserved("a"), 0, 1),
        write(reserved("b"), 2, 3),
    ],
    "two reserve at once and both have it": [
        write(reserved("a"), 0, 10),
        write(reserved("b"), 0, 10),
    ],
    "a stale read: it goes back to what was": [
        write(reserved("a"), 0, 10),
        read(seen("RESERVED"), 1, 2),
        read(seen("AVAILABLE"), 3, 4),
    ],
    "a read of what has not begun yet": [
        read(seen("RESERVED"), 0, 1),
        write(reserved("a"), 2, 3),
    ],
    "a release un-sells": [
        write(reserved("a"), 0, 1),
        write(secured("a"), 2, 5),
        write(allocated("a"), 2, 5),
        write(released("a"), 6, 7),
    ],
    "a seat sold to one is another's": [
        write(reserved("a"), 0, 1),
        write(secured("a"), 2, 5),
        write(allocated("a"), 2, 5),
        write(reserved("b"), 6, 7),
    ],
    "a 409 names a seat that nobody had": [
        write(reserved("a"), 0, 1),
        write(released("a"), 2, 3),
        read(refused("b"), 4, 5),
    ],
    "a 409 names a seat for the sake of its own reservation": [
        write(reserved("a"), 0, 1),
        read(refused("a"), 2, 3),
    ],
    "a seat is sold without being held": [
        write(secured("a"), 0, 1),
        write(allocated("a"), 0, 1),
    ],
    "an answered release that had no effect": [
        write(reserved("a"), 0, 1),
        write(released("a"), 2, 3),
        read(seen("RESERVED"), 4, 5),
    ],
    "a lost reserve that came and went by itself": [
        write(reserved("a"), 0, LOST),
        read(seen("RESERVED"), 1, 2),
        read(seen("AVAILABLE"), 3, 4),
    ],
    "a lost reserve that took effect before it was asked": [
        read(seen("RESERVED"), 0, 1),
        write(reserved("a"), 2, LOST),
    ],
}


@pytest.mark.parametrize("history", GOOD.values(), ids=GOOD)
def test_a_history_that_can_have_happened_is_accepted(history: list[Operation[Seat]]) -> None:
    verdict = linearize(history, FREE)
    assert verdict.is_linearizable, str(verdict)
    seat: Seat | None = FREE
    for operation in verdict.order:
        seat = operation.step(seat) if seat is not None else None
    assert seat == verdict.state
    assert len(set(map(id, verdict.order))) == len(verdict.order)


@pytest.mark.parametrize("history", BAD.values(), ids=BAD)
def test_a_history_that_cannot_have_happened_is_rejected(history: list[Operation[Seat]]) -> None:
    assert not linearize(history, FREE).is_linearizable


def test_a_rejection_says_how_far_it_went_and_what_was_stuck() -> None:
    history = [
        Operation("buyer 1 reserves", 0, 1, reserved("a")),
        Operation("buyer 2 sees it free", 2, 3, seen("AVAILABLE"), is_read=True),
    ]
    said = str(linearize(history, FREE))
    assert "not linearizable" in said
    assert said.index("buyer 1 reserves") < said.index("HELD") < said.index("buyer 2 sees it free")


def test_a_search_that_takes_too_long_says_neither_yes_nor_no() -> None:
    history = [write(reserved("a"), 0, 10), write(reserved("b"), 0, 10)]
    with pytest.raises(Undecided):
        linearize(history, FREE, most_places=0)
