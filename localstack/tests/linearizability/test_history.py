"""Histories of several seats: seat by seat, and every seat or none."""

from linearizability.history import STALE_SECONDS, History
from linearizability.seats import allocated, refunded, released, reserved, secured, seen


def test_a_seat_that_went_wrong_is_found_among_others() -> None:
    history = History([1, 2])
    history.wrote("a reserves", [1, 2], reserved("a"), 0, 1)
    history.read("b looks", [2], seen("AVAILABLE"), 2, 3)
    verdicts = history.by_seat()
    assert verdicts[1].is_linearizable
    assert not verdicts[2].is_linearizable


def test_a_half_done_reservation_is_seen_by_all_seats_together_only() -> None:
    history = History([1, 2])
    history.wrote("a reserves", [1, 2], reserved("a"), 0, 10)
    history.read("b looks", [1], seen("RESERVED"), 1, 2)
    history.read("b looks", [2], seen("AVAILABLE"), 3, 4)
    assert all(verdict.is_linearizable for verdict in history.by_seat().values())
    assert not history.as_one().is_linearizable


def test_two_reservations_that_cross_are_seen_by_all_seats_together_only() -> None:
    history = History([1, 2])
    history.wrote("a reserves", [1, 2], reserved("a"), 0, 10)
    history.wrote("b reserves", [1, 2], reserved("b"), 0, 10)
    history.wrote("a gives seat 1 back", [1], released("a"), 3, 4)
    history.wrote("b gives seat 2 back", [2], released("b"), 3, 4)
    assert all(verdict.is_linearizable for verdict in history.by_seat().values())
    assert not history.as_one().is_linearizable


def test_a_read_of_several_seats_need_not_be_of_one_moment() -> None:
    history = History([1, 2])
    history.wrote("a reserves", [1, 2], reserved("a"), 2, 3)
    history.read("b looks at 1", [1], seen("AVAILABLE"), 0, 9)
    history.read("b looks at both", [1, 2], seen("RESERVED"), 0, 9)
    assert history.as_one().is_linearizable


def test_a_refund_frees_its_seats_one_by_one() -> None:
    history = History([1, 2])
    for rule in (reserved, secured, allocated):
        history.wrote("a buys", [1, 2], rule("a"), 0, 1)
    history.wrote("a is refunded", [1, 2], refunded("a"), 2, 9, piecemeal=True)
    history.read("b looks", [1], seen("AVAILABLE"), 3, 4)
    history.read("b looks", [2], seen("ALLOCATED"), 5, 6)
    assert history.as_one().is_linearizable


def test_a_cached_read_may_be_a_second_old_and_no_older() -> None:
    for age, is_fine in ((STALE_SECONDS - 0.1, True), (STALE_SECONDS + 0.1, False)):
        history = History([1])
        history.wrote("a reserves", [1], reserved("a"), 0, 5)
        history.read_cached("b looks", [1], seen("AVAILABLE"), 5 + age, 6 + age)
        assert history.by_seat()[1].is_linearizable is is_fine
