"""What becomes of an order when its saga's token is lost, closed or over, or its step is refused.

And of money that arrives once the verdict is made without it.
"""

from collections.abc import Mapping
from typing import Any, Final

import pytest
from sqlalchemy import text

from functions.payments.cashier import Cashier
from functions.payments.charging import record
from functions.payments.domain import Attempt, attempt_key_of
from functions.payments.providers.port import Answer
from functions.payments.store import attempts
from functions.shared.problems import ServiceUnavailable
from statemachines.tests.world.customers import Customer
from statemachines.tests.world.executions import Execution, Status
from statemachines.tests.world.history import History
from statemachines.tests.world.scenarios import SEATS
from statemachines.tests.world.switchboard import Crash, Effect, Moment
from statemachines.tests.world.world import LONG_SECONDS, WINDOWS, World

SETTLED: Final = ["GiveUp", "SettlePayment", "PaymentVerdict"]
TAKEN: Final = text(
    "UPDATE simulator_charges SET outcome = 'CAPTURED', transaction_id = 'late',"
    " amount_cents = :amount, currency = :currency WHERE outcome = 'CANCELLED'"
)


@pytest.fixture
def customer(world: World) -> Customer:
    return Customer(world, is_patient=False)


@pytest.mark.parametrize("moment", Moment)
def test_a_token_whose_task_died_is_replaced_by_that_of_the_next_try(
    world: World, customer: Customer, moment: Moment
) -> None:
    """It died before it had stored the token, or after."""
    world.board.plan_first(lambda point: point[1:] == ("commit", moment), die)
    customer.place_order(None, SEATS)
    assert world.board.struck
    world.pass_time(5)
    lost, kept = (asked["taskToken"] for asked in payloads(world, "collect_payment"))
    with pytest.raises(world.sagas.exceptions.TaskTimedOut):
        world.sagas.send_task_success(lost, "{}")
    customer.charge()
    assert [said["taskToken"] for _, said in world.sagas.signals[1:]] == [kept]
    assert customer.look()["status"] == "CONFIRMED"


def test_a_signal_that_a_crash_kept_back_is_sent_by_the_relay(
    world: World, customer: Customer
) -> None:
    customer.place_order(None, SEATS)
    world.board.plan_first(lambda point: point.effect == "send_task", die)
    assert customer.charge() is None
    assert (booking(world).status, customer.look()["payment"]["status"]) == ("RUNNING", "SUCCESS")
    world.reconcile()
    assert (booking(world).status, customer.look()["status"]) == ("SUCCEEDED", "CONFIRMED")


def test_whoever_decides_only_the_outbox_signals(
    world: World, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Cashier, "tell", lambda _self, _now: 0)
        customer.place_order("tok_ok", SEATS)
        other = Customer(world)
        other.place_order(None, (3,))
        other.cancel()
        assert world.sagas.signals == []
        assert world.facts().books.untold == 4
    world.reconcile()
    assert len(world.sagas.signals) == 2
    assert (customer.look()["status"], other.look()["status"]) == ("CONFIRMED", "CANCELLED")
    assert world.facts().books.untold == 0


def test_a_verdict_for_a_saga_that_was_stopped_is_told_to_nobody_and_obeyed(
    world: World, customer: Customer
) -> None:
    customer.place_order(None, SEATS)
    world.sagas.stop_execution(booking(world).arn, "a person", "")
    customer.charge()
    assert (len(world.sagas.signals), world.facts().books.untold) == (1, 0)
    assert customer.look()["status"] == "PENDING"
    order_id = booking(world).input["orderId"]
    world.functions.run("orders-reconciler", {"task": "reconcile_order", "orderId": order_id})
    assert customer.look()["status"] == "CONFIRMED"


def test_a_verdict_that_comes_after_the_wait_for_it_is_found_by_asking(
    world: World, customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer.place_order(None, SEATS)
    with monkeypatch.context() as patch:
        patch.setattr(Cashier, "tell", lambda _self, _now: 0)
        customer.charge()
        world.pass_time(WINDOWS.collect_payment_timeout_seconds)
    steps = booking(world).steps
    assert steps[2:] == ["PaymentTimedOut", *SETTLED, "AllocateSeats", "ConfirmOrder"]
    assert customer.look()["status"] == "CONFIRMED"
    before = list(steps)
    # Its signal comes now, to a token that is over.
    world.reconcile()
    assert (len(world.sagas.signals), world.facts().books.untold) == (1, 0)
    assert (booking(world).steps, world.violations(at_rest=True)) == (before, [])


@pytest.mark.parametrize(
    ("function", "task"), [("seating-tasks", "allocate_seats"), ("orders-tasks", "confirm_order")]
)
def test_what_is_paid_goes_forward_only_and_is_parked_until_it_can(
    world: World, customer: Customer, monkeypatch: pytest.MonkeyPatch, function: str, task: str
) -> None:
    history = History(world)
    with monkeypatch.context() as patch:
        refuse(world, patch, function, task)
        customer.place_order("tok_ok", SEATS)
        world.pass_time(LONG_SECONDS)
    saga = booking(world)
    assert (saga.status, saga.failure and saga.failure.error) == (Status.FAILED, "BookingParked")
    (message,) = world.sagas.parked
    assert (message["execution"], message["state"]["orderId"]) == (saga.arn, saga.input["orderId"])
    assert message["state"]["parked"]["Error"] == "ServiceUnavailable"
    assert len(payloads(world, "report_parked")) == 1
    assert len(payloads(world, task)) == 11
    asked = {payload["task"] for _, payload in world.functions.asked}
    assert not asked & {"release_seats", "cancel_order", "refund_payment", "settle_payment"}

    world.reconcile()
    assert customer.look()["status"] == "CONFIRMED"
    assert world.violations(at_rest=True) == []
    # A redrive of what was parked fails again, and parks no second message.
    assert history.redrive() == []
    assert len(world.sagas.parked) == 1


def test_money_that_arrives_after_the_void_goes_back_once_wherever_that_breaks_off(
    world: World,
) -> None:
    late = void_with_attempt(world)
    world.board.clear()
    land(world, late)
    points = world.board.points()
    # The attempt closed and its refund committed, the provider asked, its answer committed, told.
    assert len(points) >= 8
    for point in points:
        world.restart()
        history = History(world)
        late = void_with_attempt(world)
        world.board.plan(point, die)
        with pytest.raises(Crash):
            land(world, late)
        if not world.facts().books.refunds:
            # Nothing was written down, so that the provider is not answered, and says it again.
            land(world, late)
        world.come_to_rest()
        found = [str(violation) for violation in world.violations(at_rest=True)]
        assert (str(point), found) == (str(point), [])
        assert [each.status for each in world.facts().books.refunds.values()] == ["REFUNDED"]
    assert history.say_again(is_recent=True) == []


def void_with_attempt(world: World) -> Attempt:
    """The attempt of a voided payment; the provider took its money, whatever it had said of it."""
    customer = Customer(world, is_patient=False)
    customer.place_order(None, SEATS)
    customer.charge("tok_timeout_before")
    world.pass_time(WINDOWS.collect_payment_timeout_seconds + 60)
    order = customer.look()
    assert (order["status"], order["payment"]["status"]) == ("FAILED", "VOIDED")
    with world.engine.begin() as books:
        books.execute(TAKEN, {"amount": order["totalCents"], "currency": order["currency"]})
        return attempts.get(books, attempt_key_of(order["orderId"], 1))


def land(world: World, late: Attempt) -> None:
    record(world.cashier, late, Answer.captured("late"), world.clock.now)


def die(_effect: Effect) -> None:
    raise Crash


def refuse(world: World, patch: pytest.MonkeyPatch, function: str, task: str) -> None:
    """Have this task fail as one does that meets a store that is away."""
    handlers: dict[str, Any] = world.functions._handlers
    able = handlers[function]

    def handler(payload: Mapping[str, Any], context: Any) -> Any:
        if payload["task"] == task:
            raise ServiceUnavailable("as the test wrote")
        return able(payload, context)

    patch.setitem(handlers, function, handler)


def booking(world: World) -> Execution:
    """The first there was."""
    return next(iter(world.sagas.executions.values()))


def payloads(world: World, task: str) -> list[dict[str, Any]]:
    return [payload for _, payload in world.functions.asked if payload["task"] == task]
