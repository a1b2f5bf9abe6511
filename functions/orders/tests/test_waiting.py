"""Who waits for an order has its payment looked at ever less often, and not too late either."""

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from functions.orders import orders as module
from functions.orders.domain import OrderStatus
from functions.orders.orders import Orders

PENDING: Any = SimpleNamespace(status=OrderStatus.PENDING, order_id="it", payment=None)


class Wait:
    """A wait on a clock of its own; the payment fails after so many seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fails_after: float) -> None:
        self.slept: list[float] = []
        self.looked_at: list[float] = []
        self._fails_after = fails_after
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=self.now, sleep=None))

    def now(self) -> float:
        return sum(self.slept)

    def glimpse(self, _order_id: str) -> Any:
        self.looked_at.append(self.now())
        return SimpleNamespace(status="FAILED" if self.now() >= self._fails_after else "PENDING")

    def run(self, seconds: float, *, is_paying: bool) -> None:
        parts: dict[str, Any] = {
            "store": SimpleNamespace(find_order=lambda _: PENDING),
            "lists": None,
            "payments": self,
            "sagas": None,
            "sleep": self.slept.append,
        }
        Orders(**parts).await_decision(PENDING, seconds, is_paying=is_paying)


def test_a_payment_is_looked_at_ever_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    wait = Wait(monkeypatch, fails_after=1_000)
    wait.run(20, is_paying=True)
    # The last look is that at the order as it is shown.
    *looks, _ = wait.looked_at
    gaps = [after - before for before, after in pairwise(looks)]
    assert gaps == sorted(gaps)
    assert len(looks) <= 9


@pytest.mark.parametrize("fails_after", [0.5, 1.1, 3, 7, 12])
def test_a_decline_is_seen_half_as_late_again_at_worst(
    monkeypatch: pytest.MonkeyPatch, fails_after: float
) -> None:
    wait = Wait(monkeypatch, fails_after)
    wait.run(20, is_paying=True)
    # Half a second more, as it is only looked at when the order is.
    assert wait.now() <= 1.5 * fails_after + 0.5


def test_without_a_payment_method_nothing_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    wait = Wait(monkeypatch, fails_after=0)
    wait.run(5, is_paying=False)
    assert len(wait.looked_at) == 1
