"""The sagas and the reconciler: which task comes next, and what a fault makes of it."""

from collections.abc import Iterator
from typing import Any

from functions.seating.tests.model import tasks
from functions.seating.tests.model.decisions import record_of, stage_of, with_payment
from functions.seating.tests.model.flaws import Flaw
from functions.seating.tests.model.machines import ENDED, Machine
from functions.seating.tests.model.payments import status_of
from functions.seating.tests.model.state import Move, Order, Scene
from functions.seating.tests.model.world import World

# Of a state that has called its task, and waits for a signal.
_WAITING = " waits"
# Of the reconciler, while it has read the order only, or the order and the record.
_READING = "reads "
# What a task fails with that was not refused: it may have been done all the same.
_FAULTS = ("States.Timeout", "Lambda.Unknown", "TaskFailed")


def booking_moves(world: World, number: int, scene: Scene) -> Iterator[Move]:
    state = scene.order.booking
    if not state:
        if scene.order.status == "PENDING":
            yield Move("the booking is started", False, _at(scene, booking=world.booking.start))
    elif state == ENDED:
        if world.setting.second_runs:
            yield Move("the booking is run again", False, _at(scene, booking=world.booking.start))
    elif state.endswith(_WAITING):
        yield from _signals(world, scene, state.removesuffix(_WAITING))
    else:
        yield from _saga_moves(world, number, scene, world.booking, "booking")


def refund_moves(world: World, number: int, scene: Scene) -> Iterator[Move]:
    if scene.order.refund:
        yield from _saga_moves(world, number, scene, world.refund, "refund")
        return
    again = ("CONFIRMED", "REFUNDED") if world.setting.second_runs else ("CONFIRMED",)
    if world.setting.refunds and scene.order.status in again:
        yield Move("a refund is asked for", False, _at(scene, refund=world.refund.start))


def reconciler_moves(world: World, number: int, scene: Scene) -> Iterator[Move]:
    """It stops the saga, reads order, record and payment, takes the step, and reads again."""
    if Flaw.NO_RECONCILER in world.flaws:
        return
    at = scene.order.reconciler
    if not at:
        if stage_of(scene.order) in ("PENDING", "REFUNDING"):
            stopped = _stopped(world, number, scene)
            read = f"{_READING}{stage_of(scene.order)}"
            yield from _reading(world, number, stopped, read)
    elif at.startswith(_READING):
        yield from _reading(world, number, scene, at)
    else:
        yield from _reconciling(world, number, scene, at)


def _reading(world: World, number: int, scene: Scene, read: str) -> Iterator[Move]:
    stage, *records = read.removeprefix(_READING).split()
    record = records[0] if records else record_of(number, scene.reservation.record)
    if not records and world.setting.reads_apart:
        yield Move(
            f"reconciler: reads {stage}, then {record}",
            True,
            _at(scene, reconciler=f"{_READING}{stage} {record}"),
        )
        return
    decision = world.decide(stage, record, scene.order)
    is_stale = (stage, record) != (
        stage_of(scene.order),
        record_of(number, scene.reservation.record),
    )
    # What none of our writes leads to is believed only when it is read twice.
    task = "" if decision.is_contradiction and is_stale else decision.task
    told = with_payment(stage, scene.order)
    label = (
        f"reconciler: reads {told}, {record}, {status_of(scene.order)}, chooses {task or 'none'}"
    )
    yield Move(label, True, _at(scene, reconciler=task))


def _reconciling(world: World, number: int, scene: Scene, task: str) -> Iterator[Move]:
    called = tasks.sent(task, number, scene)
    for step in tasks.run(world, task, number, called):
        after = _after_reconciled(world, task, step)
        label = f"reconciler: {task}{_said(step)}"
        yield Move(label, step.by_system, _at(step.scene, reconciler=after))
    if world.setting.faults:
        label = f"reconciler: {task} goes unanswered, and it stops"
        yield Move(label, False, _at(called, reconciler=""))


def late_moves(world: World, number: int, scene: Scene) -> Iterator[Move]:
    """Calls of orders' and payments' tasks that arrive once more."""
    if world.setting.late_commands:
        for task in scene.order.commands:
            for step in tasks.run(world, task, number, scene):
                yield Move(f"late {task}", False, step.scene)


def _after_reconciled(world: World, task: str, step: tasks.Step) -> str:
    if step.error is None:
        return task
    if task == "allocate_seats" and step.error == "SeatsLost":
        return "" if Flaw.KEEP_LOST in world.flaws else "refund_payment lost"
    if task == "release_sold_seats" and not step.error:
        return "close_refund"
    return ""


def _stopped(world: World, number: int, scene: Scene) -> Scene:
    """With its saga stopped, whose last call may be on its way."""
    if Flaw.RUNNING_NOT_STOPPED in world.flaws:
        return scene
    order = scene.order
    if order.booking not in ("", ENDED) and not order.booking.endswith(_WAITING):
        task = _task_of(world.booking, order.booking, "booking")
        scene = tasks.sent(task, number, scene)
    if order.refund:
        scene = tasks.sent(_task_of(world.refund, order.refund, "refund"), number, scene)
    return _at(scene, booking=ENDED if order.booking else "", refund="")


def _signals(world: World, scene: Scene, state: str) -> Iterator[Move]:
    """Payments' word on the verdict, which may get lost: then the wait times out."""
    order = scene.order
    if order.verdict == "SUCCESS":
        for following in world.booking.after(state):
            yield Move("booking: told SUCCESS", True, _at(scene, booking=following))
    elif order.verdict == "VOIDED":
        for following in world.booking.caught(state, "PaymentVoided"):
            yield Move("booking: told VOIDED", True, _at(scene, booking=following))
    for following in world.booking.caught(state, "States.Timeout"):
        yield Move(f"booking: {state} times out", True, _at(scene, booking=following))
    if world.setting.faults:
        yield Move("booking: aborted", False, _at(scene, booking=ENDED))


def _saga_moves(
    world: World, number: int, scene: Scene, machine: Machine, saga: str
) -> Iterator[Move]:
    state = str(getattr(scene.order, saga))
    task = _task_of(machine, state, saga)
    called = tasks.sent(task, number, scene)
    for step in tasks.run(world, task, number, called):
        label = f"{saga}: {state}{_said(step)}"
        for following in _following(machine, state, step):
            yield Move(label, step.by_system, _at(step.scene, **{saga: _ended(following, saga)}))
    if not world.setting.faults:
        return
    yield Move(f"{saga}: {state} goes unanswered, and is retried", False, called)
    given_up = {ENDED, *(target for each in _FAULTS for target in machine.caught(state, each))}
    for following in sorted(given_up - {state}):
        label = f"{saga}: {state} goes unanswered for good, then {following}"
        yield Move(label, False, _at(called, **{saga: _ended(following, saga)}))


def _following(machine: Machine, state: str, step: tasks.Step) -> list[str]:
    if step.error is None:
        return [state]
    if step.error:
        return machine.caught(state, step.error)
    if machine.waits_for_signal(state):
        return [state + _WAITING]
    return machine.after(state, step.verdict)


def _task_of(machine: Machine, state: str, saga: str) -> str:
    task = machine.task(state)
    if task == "refund_payment":
        return f"{task} {'whole' if saga == 'refund' else 'lost'}"
    return task


def _ended(following: str, saga: str) -> str:
    # A refund that has ended may be asked for again like a first one.
    return "" if following == ENDED and saga == "refund" else following


def _said(step: tasks.Step) -> str:
    if step.error is None:
        return ", in part"
    return f": {step.error or step.verdict}" if step.error or step.verdict else ""


def _at(scene: Scene, **places: Any) -> Scene:
    order: Order = scene.order._replace(**places)
    return scene._replace(order=order)
