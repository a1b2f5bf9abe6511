"""What comes from outside the sagas: clients, the provider, clocks, the stream, and TTL."""

from collections.abc import Iterator, Mapping

from functions.seating.tests.model import payments, tasks
from functions.seating.tests.model.clocks import Clock, clocks
from functions.seating.tests.model.flaws import Flaw
from functions.seating.tests.model.seating import Asked, value
from functions.seating.tests.model.state import (
    BOUNDARY,
    LIVE,
    NOT_YET,
    NOTHING,
    OVER,
    Attempt,
    Command,
    Item,
    Move,
    Order,
    Reservation,
    Scene,
)
from functions.seating.tests.model.world import World

_NO_ORDER = Order()
_ENDS = ("expiresAt", "activeExpiresAt")


def order_moves(world: World, number: int, scene: Scene) -> Iterator[Move]:
    """What clients and the provider do about one order."""
    order = scene.order
    if not order.status:
        # Whether the reservation may be ordered was a look; it may be over by now.
        if scene.reservation.phase != NOT_YET:
            yield _ordered(scene, "an order is placed", order._replace(status="PENDING"))
        return
    overwrites = Flaw.VERDICT_OVERWRITTEN in world.flaws
    is_open = order.verdict in ("", "PENDING") and not order.is_unresolved
    if order.status == "PENDING" and (is_open or overwrites):
        yield _ordered(scene, "the customer cancels", payments.void(order, world.flaws))
    yield from _charge_moves(world, scene)
    for after in payments.paying_back(order):
        yield _ordered(scene, "money goes back", after, by_system=True)


def _charge_moves(world: World, scene: Scene) -> Iterator[Move]:
    order, flaws = scene.order, world.flaws
    is_fickle = world.setting.fickle_provider
    if payments.may_attempt(order, world.setting.attempts, flaws):
        yield _ordered(scene, "a charge is sent", _with(order, Attempt()))
    if Flaw.NEW_KEY in flaws and Attempt("UNKNOWN", "CAPTURED") in order.attempts:
        again = _with(order, Attempt("", "CAPTURED"))
        yield _ordered(scene, "the charge is retried and captured", again)
    for outcome, after in payments.arrivals(order, is_fickle=is_fickle):
        yield _ordered(scene, f"the provider: {outcome}", after)
    for at, attempt in enumerate(order.attempts):
        if payments.is_news(attempt):
            # A fickle provider's news is told by webhook, which it repeats until it is heard.
            after = payments.record(order, at, flaws)
            label = f"the answer {attempt.provider} is recorded"
            yield _ordered(scene, label, after, by_system=is_fickle)
        if attempt.books == "UNKNOWN":
            after = payments.resolved(order, at, flaws)
            yield _ordered(scene, "the attempt is resolved by its key", after, by_system=True)


def reservation_moves(
    world: World, hold: int, claims: tuple[Item, ...], slot: Item, reservation: Reservation
) -> Iterator[Move]:
    """What becomes of a reservation without its order."""
    if reservation.phase == NOT_YET:
        return
    scene = Scene(claims, slot, reservation, _NO_ORDER)
    yield from _time_moves(world, hold, scene)
    if world.setting.releases:
        asked = Asked(hold, world.setting.parties[hold].places)
        for step in tasks.release(world, scene, asked):
            yield Move(f"customer releases r{hold}", False, step.scene)
    yield from _late_moves(world, hold, scene)


def reserve_moves(
    world: World,
    hold: int,
    claims: tuple[Item, ...],
    slot: Item,
    reservations: tuple[Reservation, ...],
) -> Iterator[Move]:
    """The reservation is made, or a late command to make it arrives again."""
    mine = reservations[hold]
    phases: Mapping[int, int] = {at: each.phase for at, each in enumerate(reservations)}
    concerned = {
        end
        for item in (*claims, slot)
        for name, end in item
        if name in ("expiresAt", "activeExpiresAt")
    }
    scene = Scene(claims, slot, mine, _NO_ORDER)
    if mine.phase != NOT_YET and not mine.record:
        return  # Its tombstone is gone: no command is a week late.
    for clock in clocks(phases, concerned):
        asked = Asked(hold, world.setting.parties[hold].places, clock=clock)
        seats = world.seating.reserve(scene.seats, asked).seats
        if seats != scene.seats:
            after = scene.with_seats(seats)
            label = f"RESERVE r{hold}{'' if mine.phase == NOT_YET else ' arrives late'}"
            yield Move(
                label, False, after._replace(reservation=after.reservation._replace(phase=LIVE))
            )


def house_moves(
    world: World, claims: tuple[Item, ...], phases: Mapping[int, int]
) -> Iterator[tuple[str, tuple[Item, ...]]]:
    """The organizer blocks and unblocks seats."""
    seats = Scene(claims, NOTHING, Reservation(), _NO_ORDER).seats
    concerned = {end for item in claims for name, end in item if name == "expiresAt"}
    for at in range(len(claims)):
        for clock in clocks(phases, concerned):
            blocked = world.seating.block(seats, Asked(-1, (at,), clock=clock))
            yield f"BLOCK seat {at}", blocked.claims
        yield f"UNBLOCK seat {at}", world.seating.unblock(seats, Asked(-1, (at,))).claims


def _time_moves(world: World, hold: int, scene: Scene) -> Iterator[Move]:
    reservation, claims = scene.reservation, scene.claims
    if reservation.phase < OVER:
        after = reservation._replace(phase=reservation.phase + 1)
        word = "at its boundary" if after.phase == BOUNDARY else "over"
        yield Move(f"time: r{hold} is {word}", True, scene._replace(reservation=after))
    if reservation.phase == LIVE:
        return
    for at, claim in enumerate(claims):
        if value(claim, "ttl") == hold:
            swept = scene._replace(claims=(*claims[:at], NOTHING, *claims[at + 1 :]))
            yield Move(f"TTL deletes r{hold}'s claim on seat {at}", False, swept)
    places = world.setting.parties[hold].places
    if any(value(claims[at], "reservationId") != f"r{hold}" for at in places):
        # A claim has left it: the stream says so, by a clock that is past its end.
        asked = Asked(hold, places, clock=Clock(frozenset({hold})))
        expired = scene.with_seats(world.seating.expire(scene.seats, asked))
        yield Move(f"stream: r{hold} is EXPIRED", False, expired)
    if world.setting.tombstones and reservation.phase == OVER and _is_forgotten(scene, hold):
        gone = reservation._replace(record=NOTHING)
        yield Move(f"TTL deletes r{hold}'s record", False, scene._replace(reservation=gone))


def _is_forgotten(scene: Scene, hold: int) -> bool:
    """Days after its end: TTL has deleted the claims by then."""
    held = any(value(claim, "reservationId") == f"r{hold}" for claim in scene.claims)
    return value(scene.reservation.record, "ttl") == hold and not held


def damage_moves(world: World, number: int, scene: Scene) -> Iterator[Move]:
    """What no operation does: a claim vanishes while it is paid for."""
    if world.setting.damage:
        for at, claim in enumerate(scene.claims):
            if value(claim, "status") == "PAYING" and value(claim, "orderId") == f"o{number}":
                lost = scene._replace(claims=(*scene.claims[:at], NOTHING, *scene.claims[at + 1 :]))
                yield Move(f"damage: the claim on seat {at} vanishes", False, lost)


def _late_moves(world: World, hold: int, scene: Scene) -> Iterator[Move]:
    """Commands to seating that arrive once more, or go on where they broke off."""
    if not world.setting.late_commands:
        return
    names = {command: task for task, command in tasks.SEATING.items()}
    for command in scene.reservation.commands:
        if command.name == "REST":
            asked = Asked(hold, world.setting.parties[hold].places, command.order)
            steps = tasks.release_rest(world, scene, asked)
        elif command.order is not None:
            steps = tasks.run(world, names[command.name], command.order, scene)
        else:
            continue
        for step in steps:
            yield Move(f"late {command.name} by {_caller(command)}", False, step.scene)


def _caller(command: Command) -> str:
    return "the customer" if command.order is None else f"o{command.order}"


def _with(order: Order, attempt: Attempt) -> Order:
    return order._replace(attempts=tuple(sorted((*order.attempts, attempt))))


def _ordered(scene: Scene, label: str, order: Order, *, by_system: bool = False) -> Move:
    return Move(label, by_system, scene._replace(order=order))
