"""Once an order is at its end, nothing that is said again changes a byte of what is stored.

Said again is everything: each task, stream record, signal and provider's answer of the whole story,
in its order and out of it; the minute's passes; a second run of each saga; a redriven one. It comes
at once, when the seats belong to somebody else, and thirteen days later, when what DynamoDB deletes
is gone. Nor may the bus hear anything new, or the provider be asked to move money.
"""

import os
from typing import Final

import pytest

from functions.payments.domain import payment_id_of
from statemachines.tests.world import scenarios
from statemachines.tests.world.customers import Customer
from statemachines.tests.world.history import History
from statemachines.tests.world.scenarios import SCENARIOS, SEATS, Scenario
from statemachines.tests.world.world import World

_STRIDE: Final = int(os.environ.get("BOXOFFICE_FAULT_STRIDE", "24"))
# A redrive may come for 14 days.
_DAYS_SECONDS: Final = 13 * 86_400

ENDS: Final[dict[Scenario, str]] = {
    scenarios.paid_at_once: "CONFIRMED",
    scenarios.reserved_then_paid: "CONFIRMED",
    scenarios.declined_then_paid: "CONFIRMED",
    scenarios.declined_and_left: "FAILED",
    scenarios.answer_of_the_charge_lost: "CONFIRMED",
    scenarios.charge_never_arrived: "FAILED",
    scenarios.charged_late: "CONFIRMED",
    scenarios.charged_too_late: "CONFIRMED",
    scenarios.cancelled_before_paying: "CANCELLED",
    scenarios.refunded: "REFUNDED",
    scenarios.refunded_in_part: "PARTIALLY_REFUNDED",
    scenarios.refunded_ticket_by_ticket: "REFUNDED",
    scenarios.seats_lost_after_paying: "FAILED",
    scenarios.given_up_and_taken_by_another: "CONFIRMED",
    scenarios.outlived_and_taken_by_another: "CONFIRMED",
    scenarios.never_paid_nor_driven: "FAILED",
    scenarios.paid_but_not_driven: "CONFIRMED",
    scenarios.refund_left_standing: "REFUNDED",
    scenarios.part_refund_left_standing: "PARTIALLY_REFUNDED",
}

# One for each way to each end; `BOXOFFICE_FAULT_STRIDE=1` (`make faults`) takes all of them.
_SHORT: Final = (
    scenarios.paid_at_once,
    scenarios.declined_and_left,
    scenarios.cancelled_before_paying,
    scenarios.refunded,
    scenarios.refunded_in_part,
    scenarios.seats_lost_after_paying,
    scenarios.never_paid_nor_driven,
)
_TAKEN: Final = SCENARIOS if _STRIDE == 1 else _SHORT
_BROKEN_OFF: Final = (
    scenarios.paid_at_once,
    scenarios.declined_and_left,
    scenarios.cancelled_before_paying,
    scenarios.refunded,
    scenarios.refunded_in_part,
    scenarios.seats_lost_after_paying,
)
# What a saga does, or waits for.
_OF_SAGAS: Final = ("invoke", "send_task", "start_execution")


@pytest.mark.parametrize("scenario", _TAKEN, ids=lambda scenario: scenario.__name__)
def test_nothing_that_is_said_again_changes_a_byte(world: World, scenario: Scenario) -> None:
    history = History(world)
    scenario(world)
    world.come_to_rest()
    assert {order.status for order in world.facts().sales.orders.values()} == {ENDS[scenario]}
    found = history.say_again(is_recent=True)
    # Somebody else takes the seats, if they can be had.
    rival = Customer(world, is_patient=False)
    if rival.place_order("tok_ok", SEATS) and rival.order:
        world.come_to_rest()
        found += history.say_again(is_recent=True)
    pass_days(world)
    found += history.say_again(is_recent=False)
    assert not found, "\n".join(found)


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("scenario", _BROKEN_OFF, ids=lambda scenario: scenario.__name__)
def test_a_saga_broken_off_anywhere_and_redriven_after_its_end_changes_nothing(
    world: World, scenario: Scenario
) -> None:
    """Its order was brought to an end by the reconciler, days ago."""
    world.live_through(scenario)
    points = [point for point in world.board.points() if point.effect.startswith(_OF_SAGAS)]
    found = []
    for point in points[_BROKEN_OFF.index(scenario) % _STRIDE :: _STRIDE]:
        world.restart()
        history = History(world)
        world.board.plan(point, lambda _: world.sagas.abort_all())
        scenario(world)
        assert world.board.struck
        world.come_to_rest()
        # Broken off before it had begun, it is nobody's but the customer's, who asks again.
        if scenario is scenarios.refunded:
            cancel_all(world)
        elif scenario is scenarios.refunded_in_part:
            refund_first_of_all(world)
        assert not world.violations(at_rest=True)
        pass_days(world)
        found += [f"{point}: {each}" for each in history.redrive()]
    assert not found, "\n".join(found)


def test_orders_end_in_every_way_that_they_can() -> None:
    assert set(ENDS) == set(SCENARIOS)
    ends = {"CONFIRMED", "FAILED", "CANCELLED", "REFUNDED", "PARTIALLY_REFUNDED"}
    assert set(ENDS.values()) == ends


def cancel_all(world: World) -> None:
    for order in world.facts().sales.orders.values():
        world.ask(order.user_id, "POST", f"/v1/orders/{order.order_id}/cancel", {})
        world.pass_time(60)


def refund_first_of_all(world: World) -> None:
    for order in world.facts().sales.orders.values():
        tickets = [f"{order.order_id}-{SEATS[0]}"]
        body = {"paymentId": payment_id_of(order.order_id), "ticketIds": tickets}
        world.ask(order.user_id, "POST", "/v1/refund", body)
        world.pass_time(60)


def pass_days(world: World) -> None:
    """What TTL and the relay forget is forgotten then."""
    world.pass_time(_DAYS_SECONDS)
    world.sweep()
    world.reconcile()
