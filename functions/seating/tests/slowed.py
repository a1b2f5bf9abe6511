"""Users who hold seats too often or too soon, and what they are told.

Every refusal is tried twice: by a look before the write, and by the write's own condition when the
look saw nothing.
"""

import pytest

from functions.seating.tests.shows import LASTS, TERMS, Show
from functions.shared.problems import TooManyRequests

OVER = {"seconds": LASTS.total_seconds()}
COUNTS = TERMS.counts.total_seconds()
RESTS = TERMS.rests.total_seconds()


def give_up(show: Show, user: int, times: int = 1, every: float = 1) -> None:
    """Hold and give back, so many times, and so many seconds apart."""
    for _ in range(times):
        show.release(show.reserve(1, user_id=user))
        show.later(seconds=every)


def refusals(show: Show, *seat_ids: int, user_id: int) -> list[TooManyRequests]:
    """Of the look, and of the condition."""
    found = []
    for attempt in (show, show.blind()):
        with pytest.raises(TooManyRequests) as refused:
            attempt.reserve(*seat_ids, user_id=user_id)
        found.append(refused.value)
    return found
