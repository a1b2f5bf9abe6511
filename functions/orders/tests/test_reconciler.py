"""The reconciler's handler, as its schedule, the rule and a person call it."""

import json
from types import ModuleType
from typing import Any, NamedTuple

import pytest
import time_machine

from functions.orders.decisions import Record, Stage, Verdict
from functions.orders.tests.conftest import House
from functions.orders.tests.standing_still import Left, leave, new_era
from functions.shared.problems import NotFound, ValidationFailed

PAID = (Verdict.SUCCESS, Record.PAYING, Stage.PENDING)


class Invocation(NamedTuple):
    left_seconds: int

    def get_remaining_time_in_millis(self) -> int:
        return self.left_seconds * 1000


@pytest.fixture
def reconciler(
    orders_reconciler: ModuleType, house: House, monkeypatch: pytest.MonkeyPatch
) -> ModuleType:
    monkeypatch.setattr(orders_reconciler, "reconciler", house.reconciler)
    return orders_reconciler


@pytest.fixture
def left(house: House) -> Left:
    """The only order that is past its window: in a year before any other test's."""
    return leave(house, PAID, era=new_era().replace(year=1800 + house.customer_id % 99))


def ended(given: str) -> dict[str, Any]:
    """A FAILED execution, as the rule passes it on."""
    return {"task": "reconcile_execution", "detail": {"status": "FAILED", "input": given}}


def test_each_minute_open_orders_are_reconciled_in_the_time_there_is(
    reconciler: ModuleType, left: Left
) -> None:
    with time_machine.travel(left.now, tick=False):
        late = reconciler.handler({"task": "reconcile_open_orders"}, Invocation(20))
        assert late == {"left": 1}
        in_time = reconciler.handler({"task": "reconcile_open_orders"}, Invocation(60))
    assert in_time == {"confirmed": 1}


@pytest.mark.parametrize("machine", ["booking", "refund"])
def test_a_saga_that_broke_off_names_its_order(
    reconciler: ModuleType, left: Left, machine: str
) -> None:
    """Both have it in their input, among other things."""
    given = json.dumps({"orderId": left.order_id, "machine": machine, "amountCents": 1})
    answer = reconciler.handler(ended(given), Invocation(60))
    steps = ["allocate", "confirm"]
    assert answer == {"orderId": left.order_id, "outcome": "confirmed", "steps": steps}
    # What its own StopExecution makes the rule send.
    again = reconciler.handler(ended(given), Invocation(60))
    assert again == {"orderId": left.order_id, "outcome": "nothing", "steps": []}


@pytest.mark.parametrize("given", ["", "no json", "[]", "{}", '{"orderId": 3}'])
def test_an_execution_of_no_order_is_refused(reconciler: ModuleType, given: str) -> None:
    """So that it ends in the queue of failures and not in silence."""
    with pytest.raises(ValidationFailed):
        reconciler.handler(ended(given), Invocation(60))


def test_an_order_that_is_not_there_is_refused(reconciler: ModuleType) -> None:
    with pytest.raises(NotFound):
        reconciler.handler({"task": "reconcile_order", "orderId": "absent"}, Invocation(60))


def test_the_reconciler_waits_as_long_as_it_is_told(reconciler: ModuleType) -> None:
    assert reconciler.settings.reconcile_after.total_seconds() == 45
