"""What each task function of the sagas does, one committed step at a time."""

from collections.abc import Iterator
from typing import NamedTuple

from functions.seating.tests.model import payments
from functions.seating.tests.model.clocks import clocks
from functions.seating.tests.model.flaws import Flaw
from functions.seating.tests.model.seating import Answer, Asked, value
from functions.seating.tests.model.state import REFUNDED, Command, Order, Scene, Seats
from functions.seating.tests.model.world import World

SEATING = {
    "secure_seats": "SECURE",
    "allocate_seats": "ALLOCATE",
    "release_seats": "RELEASE",
    "release_sold_seats": "RELEASE-SOLD",
}


class Step(NamedTuple):
    """The scene after one step. `error` is empty for a success, None if more steps follow.

    `verdict` is what SettlePayment answers. `by_system` is False for what only a fault brings.
    """

    scene: Scene
    error: str | None = ""
    verdict: str = ""
    by_system: bool = True


def run(world: World, task: str, number: int, scene: Scene) -> Iterator[Step]:
    """The next steps of a task for an order of this number, by any clock that may tell the time."""
    if task in SEATING:
        return _seating_task(world, task, number, scene)
    return _order_task(world, task, scene)


def sent(task: str, number: int, scene: Scene) -> Scene:
    """The same scene, in which this task was called: the call may arrive again, however late."""
    if task in SEATING:
        commands = scene.reservation.commands | {Command(SEATING[task], number)}
        return scene._replace(reservation=scene.reservation._replace(commands=commands))
    return scene._replace(order=scene.order._replace(commands=scene.order.commands | {task}))


def _seating_task(world: World, task: str, number: int, scene: Scene) -> Iterator[Step]:
    seating, seats = world.seating, scene.seats
    hold = world.setting.orders[number]
    asked = Asked(hold, world.places(number), number)
    match task:
        case "secure_seats":
            for clock in clocks({hold: scene.reservation.phase}, [hold]):
                yield _answered(scene, seating.secure(seats, asked._replace(clock=clock)))
        case "allocate_seats":
            yield _answered(scene, seating.allocate(seats, asked))
            if Flaw.TORN_LOOK in world.flaws and value(seats.record, "status") == "COMPLETED":
                yield Step(scene, "SeatsLost", by_system=False)
        case "release_seats":
            yield from release(world, scene, asked)
        case "release_sold_seats":
            if not seats.record:
                yield Step(scene, "NotFound")
                return
            each = {seating.release_sold(seats, asked, at) for at in asked.places} - {seats}
            yield from (Step(scene.with_seats(after), None) for after in each)
            if not each:
                yield Step(scene)


def release(world: World, scene: Scene, asked: Asked) -> Iterator[Step]:
    """All seats at once, or what is left of them one by one; then the record."""
    if not scene.seats.record:
        yield Step(scene)
        return
    answer = world.seating.release(scene.seats, asked)
    if answer.error is not None:
        yield _answered(scene, answer)
        return
    commands = scene.reservation.commands | {Command("REST", asked.order)}
    scene = scene._replace(reservation=scene.reservation._replace(commands=commands))
    yield from release_rest(world, scene, asked)


def release_rest(world: World, scene: Scene, asked: Asked) -> Iterator[Step]:
    """One by one, whatever the record says by now; the record decides at the end."""
    seats = scene.seats
    each = {world.seating.release_seat(seats, asked, at) for at in asked.places} - {seats}
    yield from (Step(scene.with_seats(after), None) for after in each)
    if not each:
        yield _answered(scene, world.seating.release_record(seats, asked))


def _answered(scene: Scene, answer: Answer) -> Step:
    return Step(scene.with_seats(Seats(*answer.seats)), answer.error)


def _order_task(world: World, task: str, scene: Scene) -> Iterator[Step]:
    for order, error, verdict, by_system in _changes(world, task, scene.order):
        yield Step(scene._replace(order=order), error, verdict, by_system)


def _changes(
    world: World, task: str, order: Order
) -> Iterator[tuple[Order, str | None, str, bool]]:
    match task:
        case "collect_payment":
            yield payments.announce(order), "", "", True
        case "settle_payment":
            yield from _settled(world, order)
        case "refund_payment lost" | "refund_payment whole":
            yield _refunded(world, order, "lost" if task.endswith("lost") else "whole")
        case "confirm_order":
            yield *_confirmed(world, order), "", True
        case "cancel_order":
            yield *_cancelled(world, order), "", True
        case "void_tickets":
            yield *_voided(order), "", True
        case "close_refund":
            yield *_closed(order), "", True
        case _:
            raise ValueError(task)


def _settled(world: World, order: Order) -> Iterator[tuple[Order, str | None, str, bool]]:
    if order.is_unresolved:
        # It is resolved by and by, as the relay does it; until then the provider may be silent.
        yield order, "", "UNKNOWN", False
        return
    order = payments.void(order, world.flaws)
    yield order, "", {"VOIDED": "VOIDED", "SUCCESS": "CAPTURED"}[order.verdict], True


def _refunded(
    world: World, order: Order, cause: payments.Cause
) -> tuple[Order, str | None, str, bool]:
    claimed = payments.claim_refund(order, cause, world.flaws)
    if claimed is None:
        return order, "AlreadyRefunded", "", True
    return claimed, "" if getattr(claimed, cause) == REFUNDED else None, "", True


def _confirmed(world: World, order: Order) -> tuple[Order, str]:
    if order.status == "PENDING" or Flaw.CONFIRM_CLOSED in world.flaws:
        return order._replace(status="CONFIRMED"), ""
    return order, "" if order.status in ("CONFIRMED", "REFUNDED") else "OrderNotPending"


def _cancelled(world: World, order: Order) -> tuple[Order, str]:
    if order.status == "PENDING":
        is_asked = Flaw.CANCEL_UNPAID_OR_NOT not in world.flaws
        if is_asked and payments.status_of(order) not in ("VOIDED", "REFUNDED"):
            return order, "PaymentNotSettled"
        return order._replace(status="CLOSED"), ""
    return order, "" if order.status == "CLOSED" else "OrderNotPending"


def _voided(order: Order) -> tuple[Order, str]:
    if order.status == "CONFIRMED":
        return order._replace(is_void=True), ""
    if order.status == "REFUNDED":
        return order, ""
    return order, "OrderNotConfirmed" if order.status == "PENDING" else "OrderNotRefundable"


def _closed(order: Order) -> tuple[Order, str]:
    if order.status == "CONFIRMED" and order.is_void:
        return order._replace(status="REFUNDED"), ""
    return order, "" if order.status == "REFUNDED" else "OrderNotRefundable"
