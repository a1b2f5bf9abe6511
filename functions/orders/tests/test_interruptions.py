"""The reconciler cut off, or run beside itself, before each call that it makes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from functions.orders.decisions import Record, Stage, Verdict
from functions.orders.reconciling import Reconciler
from functions.orders.sagas import Run
from functions.orders.tests.conftest import House
from functions.orders.tests.standing_still import Left, Where, in_memory, leave
from functions.orders.tests.test_races import AT_ONCE, race


class Way(NamedTuple):
    """A way through the table, and how it ends: the order's status and reason."""

    where: Where
    status: str
    reason: str | None
    verdict: str = "VOIDED"
    lost: bool = False


WAYS = {
    "never begun": Way((Verdict.NONE, Record.ACTIVE, Stage.PENDING), "FAILED", "payment-timed-out"),
    "not paid": Way((Verdict.PENDING, Record.PAYING, Stage.PENDING), "FAILED", "payment-timed-out"),
    "paid at the last moment": Way(
        (Verdict.PENDING, Record.PAYING, Stage.PENDING), "CONFIRMED", None, verdict="CAPTURED"
    ),
    "paid": Way((Verdict.SUCCESS, Record.PAYING, Stage.PENDING), "CONFIRMED", None),
    "paid, and the seats lost": Way(
        (Verdict.SUCCESS, Record.PAYING, Stage.PENDING), "FAILED", "seats-lost", lost=True
    ),
    "sold": Way((Verdict.SUCCESS, Record.COMPLETED, Stage.PENDING), "CONFIRMED", None),
    "voided": Way((Verdict.VOIDED, Record.PAYING, Stage.PENDING), "FAILED", "reservation-expired"),
    "tickets void": Way(
        (Verdict.SUCCESS, Record.COMPLETED, Stage.REFUNDING), "REFUNDED", "refunded"
    ),
    "paid back": Way((Verdict.REFUNDED, Record.COMPLETED, Stage.REFUNDING), "REFUNDED", "refunded"),
    "given up, and paid": Way(
        (Verdict.SUCCESS, Record.PAYING, Stage.CANCELLED), "CANCELLED", "cancelled"
    ),
}


class Killed(BaseException):
    """The process dies."""


class Turnstile:
    """Lets `happens` happen before the call number `place`, once."""

    def __init__(self, place: int, happens: Callable[[], object]) -> None:
        self.calls = 0
        self._place = place
        self._happens = happens

    def reconciler(self, of: Reconciler) -> Reconciler:
        """The same, with each call to a neighbour or the store going through here."""
        watched: dict[str, Any] = {
            name: _Watched(getattr(of, name), self)
            for name in ("store", "seating", "payments", "sagas")
        }
        return replace(of, **watched)

    def go_through(self) -> None:
        self.calls += 1
        if self.calls == self._place:
            self._happens()


class _Watched:
    def __init__(self, part: Any, turnstile: Turnstile) -> None:
        self._part = part
        self._turnstile = turnstile

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._part, name)

        def watched(*given: Any) -> Any:
            self._turnstile.go_through()
            return call(*given)

        return watched


def die() -> None:
    raise Killed


def begin(house: House, way: Way) -> Left:
    house.payments.verdict = way.verdict
    house.seating.lost = way.lost
    house.sagas.runs = [Run("arn:1", "RUNNING")]
    return leave(house, way.where)


def uninterrupted(house: House, way: Way) -> tuple[dict[str, Any], int]:
    """How it ends, and how many calls it takes."""
    left = begin(house, way)
    turnstile = Turnstile(0, die)
    left.reconcile(turnstile.reconciler(house.reconciler))
    end = left.end()
    assert end["order"][:2] == (way.status, way.reason)
    assert not end["is open"]
    return without_ids(end, left), turnstile.calls


def without_ids(end: dict[str, Any], left: Left) -> dict[str, Any]:
    text = repr(end).replace(left.order_id, "the order")
    return {"end": text, "refunds": len(end["refunds"])}


@pytest.mark.parametrize("name", WAYS)
def test_a_reconciler_that_dies_before_any_call_is_finished_by_the_next(
    house: House, name: str
) -> None:
    house, way = in_memory(house), WAYS[name]
    end, calls = uninterrupted(house, way)
    assert calls > 8
    for place in range(1, calls + 1):
        left = begin(house, way)
        with pytest.raises(Killed):
            left.reconcile(Turnstile(place, die).reconciler(house.reconciler))
        left.reconcile()
        assert without_ids(left.end(), left) == end, place


@pytest.mark.parametrize("name", WAYS)
def test_another_reconciler_may_come_before_any_call(house: House, name: str) -> None:
    house, way = in_memory(house), WAYS[name]
    end, calls = uninterrupted(house, way)
    for place in range(1, calls + 1):
        left = begin(house, way)
        left.reconcile(Turnstile(place, left.reconcile).reconciler(house.reconciler))
        assert without_ids(left.end(), left) == end, place


@pytest.mark.parametrize("name", WAYS)
def test_many_reconcilers_at_once_are_as_good_as_one(house: House, name: str) -> None:
    """On the real table."""
    left = begin(house, WAYS[name])
    _, errors = race(*[left.reconcile] * (AT_ONCE // 2))
    assert not errors
    end = left.end()
    assert end["order"][:2] == (WAYS[name].status, WAYS[name].reason)
    assert not end["is open"]
    assert len({refund_id for _, refund_id, _ in end["refunds"]}) <= 1
