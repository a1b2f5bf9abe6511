"""What customers will get back is catalog's word as it was when they reserved."""

from datetime import timedelta

import pytest

from functions.seating.answers import reservation_answer
from functions.seating.domain import RefundPolicy, SaleState
from functions.seating.sale_states import advance_state, read_state
from functions.seating.store.keys import record_key
from functions.seating.tests.shows import NOON, ORGANIZER, Show

HALF = RefundPolicy(NOON, 50)


def tell(show: Show, version: int, policy: RefundPolicy | None) -> SaleState:
    told = SaleState(show.event_id, ORGANIZER, show.status, version, refund_policy=policy)
    advance_state(show.store, told, show.now)
    return read_state(show.store, show.event_id)


def test_a_policy_is_known_until_a_newer_word_of_the_event(show: Show) -> None:
    assert read_state(show.store, show.event_id).refund_policy is None
    assert tell(show, 3, HALF).refund_policy == HALF
    assert tell(show, 2, None).refund_policy == HALF
    later = RefundPolicy(NOON + timedelta(days=1), 0)
    assert tell(show, 4, later).refund_policy == later
    assert tell(show, 5, None).refund_policy is None


@pytest.mark.parametrize("policy", [HALF, None])
def test_a_reservation_keeps_the_policy_that_it_was_made_with(
    show: Show, policy: RefundPolicy | None
) -> None:
    tell(show, 2, policy)
    reservation = show.reserve(1)
    tell(show, 3, RefundPolicy(NOON, 0))
    show.secure(reservation, "o")
    kept = show.record(reservation)
    assert kept.refund_policy == policy
    told = {"fullUntil": NOON.isoformat(), "thenPercent": 50} if policy else None
    assert reservation_answer(kept, show.now)["refundPolicy"] == told


def test_a_policy_takes_few_bytes_of_a_reservation(show: Show) -> None:
    """Its record is written three times a booking."""
    tell(show, 2, HALF)
    item = show.store.table.get(record_key(show.reserve(1).reservation_id))
    assert item is not None
    assert item["refundPolicy"] == [int(NOON.timestamp()), 50]
