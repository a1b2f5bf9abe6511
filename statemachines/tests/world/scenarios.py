"""What may happen around one order, each from the first request to the customer's last.

Each is a plain story; faults come from outside. Answers may be missing, so none is relied upon.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from botocore.exceptions import ReadTimeoutError

from functions.payments.domain import payment_id_of
from functions.shared.idempotency import derived_id
from statemachines.tests.world.customers import Customer
from statemachines.tests.world.step_functions import TaskError
from statemachines.tests.world.switchboard import Crash
from statemachines.tests.world.tables import SEATING
from statemachines.tests.world.world import LONG_SECONDS, WINDOWS, World

Scenario = Callable[[World], object]

SEATS: Final = (1, 2)


def paid_at_once(world: World) -> None:
    Customer(world).place_order("tok_ok", SEATS)


def reserved_then_paid(world: World) -> None:
    customer = Customer(world)
    customer.reserve(*SEATS)
    customer.place_order()
    customer.charge()


def declined_then_paid(world: World) -> None:
    customer = Customer(world)
    customer.place_order("tok_declined", SEATS)
    customer.charge()


def declined_and_left(world: World) -> None:
    Customer(world).place_order("tok_declined", SEATS)
    world.pass_time(WINDOWS.payment_seconds + 60)


def answer_of_the_charge_lost(world: World) -> None:
    customer = Customer(world)
    customer.place_order(None, SEATS)
    customer.charge("tok_timeout_after")
    world.pass_time(WINDOWS.payment_seconds + 60)


def charge_never_arrived(world: World) -> None:
    customer = Customer(world)
    customer.place_order(None, SEATS)
    customer.charge("tok_timeout_before")
    world.pass_time(WINDOWS.payment_seconds + 60)


def charged_late(world: World) -> None:
    """The provider takes its time, says so, and can't be stopped."""
    customer = Customer(world)
    customer.place_order(None, SEATS)
    customer.charge("tok_late")
    world.pass_time(90)


def charged_too_late(world: World) -> None:
    """It is still at it when the window ends: nothing is given up before it has answered."""
    customer = Customer(world)
    customer.place_order(None, SEATS)
    world.pass_time(WINDOWS.payment_seconds - WINDOWS.payment_margin_seconds - 5)
    customer.charge("tok_late")
    world.pass_time(120)


def cancelled_before_paying(world: World) -> None:
    customer = Customer(world)
    customer.place_order(None, SEATS)
    customer.cancel()


def refunded(world: World) -> None:
    customer = Customer(world)
    customer.place_order("tok_ok", SEATS)
    customer.cancel()
    world.pass_time(60)


def refunded_in_part(world: World) -> None:
    customer = Customer(world)
    customer.place_order("tok_ok", SEATS)
    customer.refund(SEATS[0])
    world.pass_time(60)


def refunded_ticket_by_ticket(world: World) -> None:
    """By both doors, and one of them twice."""
    customer = Customer(world)
    customer.place_order("tok_ok", SEATS)
    customer.refund(SEATS[1])
    customer.refund(SEATS[1])
    world.pass_time(60)
    customer.cancel()
    world.pass_time(60)


def seats_lost_after_paying(world: World) -> None:
    """No rule of ours loses a seat that is being paid for; damage to the table does."""
    customer = Customer(world)
    customer.place_order(None, SEATS)
    key = {"PK": {"S": f"CLAIMS#{world.event_id}#Stalls"}, "SK": {"S": str(SEATS[0])}}
    world.table.delete_item(TableName=SEATING, Key=key)
    customer.charge()


def given_up_and_taken_by_another(world: World) -> None:
    first, second = Customer(world), Customer(world)
    first.reserve(*SEATS)
    first.release()
    second.place_order("tok_ok", SEATS)


def outlived_and_taken_by_another(world: World) -> None:
    first, second = Customer(world), Customer(world)
    first.reserve(*SEATS)
    world.pass_time(WINDOWS.reservation_seconds)
    second.place_order("tok_ok", SEATS)
    world.sweep()
    first.place_order("tok_ok")


def never_paid_nor_driven(world: World) -> None:
    """Its saga is lost before the verdict; what follows is the reconciler's."""
    Customer(world).place_order("tok_timeout_before", SEATS)
    world.sagas.abort_all()
    world.pass_time(LONG_SECONDS)
    world.reconcile()


def paid_but_not_driven(world: World) -> None:
    customer = Customer(world)
    customer.place_order(None, SEATS)
    world.sagas.abort_all()
    customer.charge()
    world.pass_time(LONG_SECONDS)
    world.reconcile()


def refund_left_standing(world: World) -> None:
    customer = Customer(world)
    customer.place_order("tok_ok", SEATS)
    if customer.order is None:
        return
    order_id = customer.order["orderId"]
    refund = {"orderId": order_id, "refundId": derived_id("refund", payment_id_of(order_id))}
    with suppress(TaskError, Crash, ReadTimeoutError):
        world.functions.run("orders-tasks", {"task": "void_tickets", **refund})
    world.pass_time(LONG_SECONDS)
    world.reconcile()


def part_refund_left_standing(world: World) -> None:
    customer = Customer(world)
    customer.place_order("tok_ok", SEATS)
    if customer.order is None:
        return
    order_id = customer.order["orderId"]
    refund = {"orderId": order_id, "refundId": "of-one-ticket", "seatIds": [SEATS[0]]}
    with suppress(TaskError, Crash):
        world.functions.run("orders-tasks", {"task": "void_tickets", **refund})
    world.pass_time(LONG_SECONDS)
    world.reconcile()


SCENARIOS: Final[tuple[Scenario, ...]] = (
    paid_at_once,
    reserved_then_paid,
    declined_then_paid,
    declined_and_left,
    answer_of_the_charge_lost,
    charge_never_arrived,
    charged_late,
    charged_too_late,
    cancelled_before_paying,
    refunded,
    refunded_in_part,
    refunded_ticket_by_ticket,
    seats_lost_after_paying,
    given_up_and_taken_by_another,
    outlived_and_taken_by_another,
    never_paid_nor_driven,
    paid_but_not_driven,
    refund_left_standing,
    part_refund_left_standing,
)
