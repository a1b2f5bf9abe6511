"""What buyers' intervals rule out."""

from e2e.holds import Hold, Ledger, Refusal


def hold(buyer: int, asked_at: float, held_at: float, *back: float, seat_id: int = 1) -> Hold:
    return Hold((seat_id,), buyer, asked_at, held_at, *back)


def faults(holds: list[Hold], *refusals: Refusal) -> list[str]:
    return Ledger(holds, list(refusals)).faults()


def refusal(asked_at: float, answered_at: float, buyer: int = 9) -> Refusal:
    return Refusal((1,), (1,), buyer, asked_at, answered_at)


def test_a_seat_given_back_may_be_held_again_by_anybody() -> None:
    assert faults([hold(1, 0, 1, 5, 6), hold(2, 4, 5.5)]) == []


def test_a_seat_held_by_two_at_once_is_a_fault() -> None:
    assert faults([hold(1, 0, 1, 5, 6), hold(2, 2, 3)])
    assert faults([hold(1, 0, 1), hold(2, 2, 3)])


def test_a_refusal_needs_a_hold_that_can_have_met_it() -> None:
    assert faults([hold(1, 0, 1)], refusal(5, 6)) == []
    assert faults([hold(1, 5.5, 7)], refusal(5, 6)) == []
    assert faults([hold(1, 0, 1, 2, 5.5)], refusal(5, 6)) == []


def test_a_refusal_for_a_seat_that_nobody_can_have_had_is_a_fault() -> None:
    assert faults([], refusal(5, 6))
    assert faults([hold(1, 6.5, 7)], refusal(5, 6))
    assert faults([hold(1, 0, 1, 2, 4)], refusal(5, 6))
    assert faults([hold(1, 0, 1, seat_id=2)], refusal(5, 6))


def test_ones_own_hold_is_no_reason_for_a_refusal() -> None:
    assert faults([hold(9, 0, 1)], refusal(5, 6))


def test_a_seat_that_was_somebodys_all_the_time_must_be_named() -> None:
    holds = [hold(1, 0, 1), hold(2, 0, 1, seat_id=2)]
    assert faults(holds, Refusal((1, 2), (1, 2), 9, 5, 6)) == []
    assert faults(holds, Refusal((1, 2), (1,), 9, 5, 6))


def test_only_seats_wished_for_are_named() -> None:
    holds = [hold(1, 0, 1), hold(2, 0, 1, seat_id=2)]
    assert faults(holds, Refusal((1,), (1, 2), 9, 5, 6))
    assert faults(holds, Refusal((1,), (), 9, 5, 6))
