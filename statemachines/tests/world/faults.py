"""What may go wrong at a point, and at which points it can."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from statemachines.tests.world.customers import Customer
from statemachines.tests.world.stores import WRITES
from statemachines.tests.world.switchboard import Blackout, Crash, Effect, Moment, Point
from statemachines.tests.world.world import LONG_SECONDS, World

Strike = Callable[[World, Effect], None]

_LOSABLE: Final = ("invoke", "provider", "commit", "put_events", "send_task", "start_execution")
_DOUBLED: Final = ("invoke", "provider", "send_task", "POST")


class Fault(NamedTuple):
    """`moments` at which it can strike effects whose names begin with one of `effects`."""

    name: str
    strike: Strike
    moments: tuple[Moment, ...]
    effects: tuple[str, ...] = ("",)

    def can_strike(self, point: Point) -> bool:
        return point.moment in self.moments and point.effect.startswith(self.effects)


def kill(_world: World, _effect: Effect) -> None:
    raise Crash


def black_out(_world: World, _effect: Effect) -> None:
    raise Blackout


def double(_world: World, effect: Effect) -> None:
    effect.is_doubled = True


def lose_answer(_world: World, effect: Effect) -> None:
    effect.is_lost = True


def contend(_world: World, effect: Effect) -> None:
    effect.is_contended = True


def delay(world: World, _effect: Effect) -> None:
    """The world goes on for long: others buy the seats if they can, and everything is swept up."""
    world.pass_time(LONG_SECONDS)
    rival = Customer(world, is_patient=False)
    rival.place_order("tok_ok", (2, 3))
    world.sweep()
    world.reconcile()


_BOTH: Final = (Moment.BEFORE, Moment.AFTER)

FAULTS: Final = (
    Fault("killed", kill, _BOTH),
    Fault("blacked out", black_out, _BOTH),
    Fault("delivered twice", double, (Moment.BEFORE,), (*_DOUBLED, *WRITES)),
    Fault("answer lost", lose_answer, (Moment.AFTER,), (*_LOSABLE, *WRITES, "POST")),
    Fault("contended", contend, (Moment.BEFORE,), WRITES),
    Fault("delayed", delay, _BOTH),
)


def cases(points: list[Point]) -> Iterator[tuple[Point, Fault]]:
    """Every fault at every point at which it can strike."""
    for point in points:
        for fault in FAULTS:
            if fault.can_strike(point):
                yield point, fault
