"""Work done a few pieces at a time."""

import threading

import pytest
from embedded.importer.progress import WORKERS, bars


def test_the_pieces_come_back_in_their_order() -> None:
    with bars() as shown:
        done = list(shown.each_at_once("squares", lambda n: n * n, range(50)))
    assert done == [(n, n * n) for n in range(50)]


def test_a_failure_ends_it_before_the_rest_is_begun() -> None:
    begun: list[int] = []
    failed = threading.Event()

    def work(piece: int) -> None:
        begun.append(piece)
        if piece == 0:
            failed.set()
            raise ValueError("piece 0")
        # The others take long enough for the failure to be seen.
        failed.wait(10)
        threading.Event().wait(0.05)

    with bars() as shown, pytest.raises(ValueError, match="piece 0"):
        list(shown.each_at_once("pieces", work, range(1000)))
    assert len(begun) < 10 * WORKERS
