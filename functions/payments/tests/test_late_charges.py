"""tok_late: the simulator says nothing for half a minute, and then that it has charged."""

import json
from dataclasses import replace
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
import time_machine

from functions.payments.cashier import Cashier
from functions.payments.domain import (
    Outcome,
    PaymentStatus,
    ProviderInProgress,
    ProviderRefused,
    Verdict,
)
from functions.payments.providers import simulator
from functions.payments.providers.late_queue import LateQueue
from functions.payments.providers.simulator import LATE_AFTER, Simulator
from functions.payments.tests.desk import (
    AMOUNT,
    NOW,
    announce,
    money_at_the_provider,
    outcomes,
    pay,
    payment_of,
    settle,
)
from functions.payments.tests.stand_ins import RecordedBus, RecordedQueue
from functions.shared import aws, correlation
from functions.shared.tests.deployed import load

SECOND = timedelta(seconds=1)


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def test_it_is_neither_charged_nor_refused_for_thirty_seconds(
    cashier: Cashier, order_id: str, clock: Any
) -> None:
    announce(cashier, order_id)
    assert pay(cashier, order_id, simulator.LATE)[1] is False
    clock.move_to(NOW + LATE_AFTER - SECOND)
    assert settle(cashier, order_id, NOW + LATE_AFTER - SECOND) is Verdict.PENDING
    assert (outcomes(cashier), money_at_the_provider(cashier)) == ([Outcome.UNKNOWN], 0)


def test_then_it_is_captured_whoever_asks(cashier: Cashier, order_id: str, clock: Any) -> None:
    announce(cashier, order_id)
    pay(cashier, order_id, simulator.LATE)
    clock.move_to(NOW + LATE_AFTER)
    assert settle(cashier, order_id, NOW + LATE_AFTER) is Verdict.SUCCESS
    assert payment_of(cashier, order_id).status is PaymentStatus.SUCCESS
    assert money_at_the_provider(cashier) == AMOUNT


def test_the_same_request_finds_its_late_charge(
    cashier: Cashier, order_id: str, clock: Any
) -> None:
    announce(cashier, order_id)
    assert pay(cashier, order_id, simulator.LATE)[1] is False
    assert pay(cashier, order_id, simulator.LATE)[1] is False
    clock.move_to(NOW + LATE_AFTER)
    assert pay(cashier, order_id, simulator.LATE, now=NOW + LATE_AFTER)[1] is True
    assert outcomes(cashier) == [Outcome.CAPTURED]


def test_what_is_on_its_way_cannot_be_cancelled(cashier: Cashier, clock: Any) -> None:
    books = Simulator(cashier.engine)
    with pytest.raises(ProviderInProgress):
        books.charge("k", 100, "INR", simulator.LATE)
    with pytest.raises(ProviderInProgress):
        books.cancel("k")
    with pytest.raises(ProviderRefused):
        books.refund("r", "k", 100)
    clock.move_to(NOW + LATE_AFTER)
    assert books.cancel("k").outcome is Outcome.CAPTURED


def test_it_is_reminded_once_and_charges_all_the_same_if_it_is_not(
    cashier: Cashier, clock: Any
) -> None:
    reminders: list[tuple[str, timedelta]] = []
    books = Simulator(cashier.engine, lambda *reminder: reminders.append(reminder))
    for _ in range(2):
        with pytest.raises(ProviderInProgress):
            books.charge("k", 100, "INR", simulator.LATE)
    assert reminders == [("k", LATE_AFTER)]

    nowhere = LateQueue(aws.queues(), "http://127.0.0.1:9/nowhere")
    forgetful = Simulator(cashier.engine, nowhere.remind)
    with pytest.raises(ProviderInProgress):
        forgetful.charge("k-2", 100, "INR", simulator.LATE)
    clock.move_to(NOW + LATE_AFTER)
    assert forgetful.find("k-2") is not None


@pytest.fixture
def reminder(cashier: Cashier, clock: Any) -> dict[str, Any]:
    """Of a late charge `k`, as its queue delivers it."""
    with pytest.raises(ProviderInProgress):
        Simulator(cashier.engine).charge("k", 100, "INR", simulator.LATE)
    return {"Records": [{"body": json.dumps({"chargeKey": "k"})}]}


def test_the_word_goes_to_the_webhook_signed(
    reminder: dict[str, Any], late_charges: ModuleType, notices_queue: RecordedQueue, clock: Any
) -> None:
    with pytest.raises(ProviderInProgress):
        late_charges.handler(reminder, None)
    assert notices_queue == []
    clock.move_to(NOW + LATE_AFTER)
    late_charges.handler(reminder, None)
    [message] = notices_queue
    assert message["provider"] == Simulator.name
    assert json.loads(message["body"])["charge"]["key"] == "k"


@pytest.fixture
def taken_notices(environment: dict[str, str], cashier: Cashier) -> ModuleType:
    """The deployed module that reads the queue of notices."""
    module = load("functions.payments.notices", environment)
    vars(module).update(cashier=cashier)
    return module


def test_all_that_comes_of_a_late_charge_goes_back_to_the_request_that_made_it(
    cashier: Cashier,
    late_charges: ModuleType,
    taken_notices: ModuleType,
    notices_queue: RecordedQueue,
    order_id: str,
    bus: RecordedBus,
    clock: Any,
) -> None:
    """Over two queues and a webhook, half a minute later."""
    announce(cashier, order_id)
    reminders: Any = RecordedQueue()
    books = Simulator(cashier.engine, LateQueue(reminders, "notices").remind)
    with correlation.under("request-1"):
        pay(replace(cashier, providers={Simulator.name: books}), order_id, simulator.LATE)
    clock.move_to(NOW + LATE_AFTER)
    late_charges.handler({"Records": [{"body": json.dumps(reminders[0])}]}, None)
    taken_notices.handler({"Records": [{"body": json.dumps(notices_queue[0])}]}, None)
    [told] = bus.named("PaymentSucceeded", order_id)
    assert told["correlationId"] == "request-1"


def test_a_webhook_that_refuses_is_told_again(
    reminder: dict[str, Any], late_charges: ModuleType, notices_queue: RecordedQueue, clock: Any
) -> None:
    clock.move_to(NOW + LATE_AFTER)
    notices_queue.down = True
    with pytest.raises(late_charges.NotReceived):
        late_charges.handler(reminder, None)
    notices_queue.down = False
    late_charges.handler(reminder, None)
    assert len(notices_queue) == 1
