"""The checker against histories that are known to be good, and against trying every order."""

import math
from collections.abc import Iterator, Sequence
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from linearizability.checker import Operation, linearize
from linearizability.seats import (
    FREE,
    Seat,
    allocated,
    cancelled,
    kept,
    refunded,
    refused,
    released,
    reserved,
    secured,
    seen,
    spared,
)

OWNERS = ("a", "b", "c")
WRITES = (reserved, secured, allocated, cancelled, refunded, released)
READS = tuple((seen, status) for status in ("AVAILABLE", "RESERVED", "ALLOCATED"))
SPANS = st.floats(0, 4, allow_nan=False)

writes = st.builds(
    lambda make, owner: make(owner), st.sampled_from(WRITES), st.sampled_from(OWNERS)
)
reads = st.one_of(
    st.builds(lambda read: read[0](read[1]), st.sampled_from(READS)),
    st.builds(lambda make, by: make(by), st.sampled_from((refused, kept)), st.sampled_from(OWNERS)),
    st.just(spared()),
)
rules = st.one_of(st.tuples(writes, st.just(False)), st.tuples(reads, st.just(True)))


@st.composite
def true_histories(draw: st.DrawFn) -> list[Operation[Seat]]:
    """One that happened, operation n at the time n, each asked before it and answered after it.

    Some answers are lost, of what happened and of what did not.
    """
    seat = FREE
    history: list[Operation[Seat]] = []
    for moment, (rule, is_read) in enumerate(draw(st.lists(rules, max_size=40))):
        asked_at, answered_at = moment - draw(SPANS), moment + draw(SPANS)
        after = rule(seat)
        is_lost = not is_read and draw(st.integers(0, 9)) == 0
        if after is None and not is_lost:
            continue
        seat = seat if after is None else after
        end = math.inf if is_lost else answered_at
        history.append(Operation(f"{moment}", asked_at, end, rule, is_read=is_read))
    return draw(st.permutations(history))


@st.composite
def tiny_histories(draw: st.DrawFn) -> list[Operation[Seat]]:
    """Anything: most of them cannot have happened."""
    history: list[Operation[Seat]] = []
    for rule, is_read in draw(st.lists(rules, max_size=6)):
        asked_at = draw(st.integers(0, 6))
        is_lost = not is_read and draw(st.integers(0, 4)) == 0
        end = math.inf if is_lost else asked_at + draw(st.integers(0, 4))
        history.append(Operation(f"{len(history)}", asked_at, end, rule, is_read=is_read))
    return history


@st.composite
def spoilt_histories(draw: st.DrawFn) -> list[Operation[Seat]]:
    """The start of a true one, with one operation exchanged for any other: good or bad."""
    history = sorted(draw(true_histories()), key=lambda each: each.asked_at)[:6]
    if history:
        place = draw(st.integers(0, len(history) - 1))
        rule, is_read = draw(rules)
        old = history[place]
        end = old.asked_at + 1 if is_read else old.answered_at
        history[place] = Operation("other", old.asked_at, end, rule, is_read=is_read)
    return history


def _happens(order: Sequence[Operation[Seat]]) -> bool:
    seat: Seat | None = FREE
    for operation in order:
        seat = operation.step(seat) if seat is not None else None
    return seat is not None


def _orders(history: Sequence[Operation[Seat]]) -> Iterator[tuple[Operation[Seat], ...]]:
    """Every order of all certain operations, with any of the others."""
    certain = [each for each in history if each.is_certain]
    lost = [each for each in history if not each.is_certain]
    for chosen in range(2 ** len(lost)):
        happened = certain + [each for place, each in enumerate(lost) if chosen >> place & 1]
        for order in permutations(happened):
            if all(
                first.asked_at <= later.answered_at
                for place, first in enumerate(order)
                for later in order[place + 1 :]
            ):
                yield order


@given(true_histories())
@settings(max_examples=300, deadline=None)
def test_what_happened_is_accepted_however_its_intervals_are_stretched(
    history: list[Operation[Seat]],
) -> None:
    verdict = linearize(history, FREE)
    assert verdict.is_linearizable, str(verdict)
    assert _happens(verdict.order)


@given(st.one_of(tiny_histories(), spoilt_histories()))
@settings(max_examples=600, deadline=None)
def test_it_says_what_trying_every_order_says(history: list[Operation[Seat]]) -> None:
    possible = any(_happens(order) for order in _orders(history))
    assert linearize(history, FREE).is_linearizable is possible
