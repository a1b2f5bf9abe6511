"""What taking seats off sale does, refuses, and answers again."""

import pytest

from functions.seating import blocks
from functions.seating.problems import (
    SeatsNotBlocked,
    SeatsUnavailable,
)
from functions.seating.store.keys import claim_key
from functions.seating.tests.shows import LASTS, Show

OVER = {"seconds": LASTS.total_seconds()}


def test_blocked_seats_are_off_sale_until_unblocked(show: Show) -> None:
    state = show.published.state
    blocks.block(show.store, state, [1, 2], show.now)
    with pytest.raises(SeatsUnavailable) as refused:
        show.reserve(1, 3)
    assert refused.value.extensions["unavailableSeats"] == [1]
    blocks.unblock(show.store, state, [1, 2])
    show.reserve(1, 3)


def test_only_free_seats_are_blocked_and_the_taken_are_named(show: Show) -> None:
    show.reserve(1)
    show.sell(2)
    with pytest.raises(SeatsUnavailable) as refused:
        blocks.block(show.store, show.published.state, [1, 2, 3], show.now)
    assert refused.value.extensions["unavailableSeats"] == [1, 2]
    assert show.claims() == {1: "HELD", 2: "ALLOCATED"}
    show.later(**OVER)
    blocks.block(show.store, show.published.state, [1, 3], show.now)
    assert show.claims() == {1: "BLOCKED", 2: "ALLOCATED", 3: "BLOCKED"}


def test_unblocking_never_frees_a_held_or_sold_seat(show: Show) -> None:
    show.reserve(1)
    show.sell(2)
    blocks.block(show.store, show.published.state, [3], show.now)
    with pytest.raises(SeatsNotBlocked) as refused:
        blocks.unblock(show.store, show.published.state, [1, 2, 3, 4])
    assert refused.value.extensions["unavailableSeats"] == [1, 2, 4]
    assert show.claims() == {1: "HELD", 2: "ALLOCATED", 3: "BLOCKED"}


def test_a_claim_that_is_gone_is_a_free_seat(show: Show) -> None:
    show.reserve(1)
    assert show.store.table.get(claim_key(show.event_id, "Stalls", 1)) is not None
    show.damage(1)
    show.reserve(1)
