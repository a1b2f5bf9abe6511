"""States as numbers, and what may follow each: told once for each part of the world that matters.

A state is one number of fixed fields: claims, each buyer's slot, each reservation, each order, each
by a number of its own. A move adds a fixed amount to it, wherever the other fields stand.
"""

from collections.abc import Hashable, Iterator
from typing import Generic, NamedTuple, TypeVar

from functions.seating.tests.model import forgetting, invariants, sagas, surroundings
from functions.seating.tests.model.state import NOTHING, Item, Move, Order, Reservation, Scene
from functions.seating.tests.model.world import World

T = TypeVar("T", bound=Hashable)
_BITS = 20
_FIELD = (1 << _BITS) - 1


class Numbers(Generic[T]):
    """Gives equal things the same number; the first thing's is 0."""

    def __init__(self, first: T) -> None:
        self._numbers: dict[T, int] = {first: 0}
        self.things: list[T] = [first]

    def of(self, thing: T) -> int:
        number = self._numbers.get(thing)
        if number is None:
            number = self._numbers[thing] = len(self.things)
            if number > _FIELD:
                raise OverflowError("The world is too large for a state's fields.")
            self.things.append(thing)
        return number


class Step(NamedTuple):
    """A move's label by its number, and what it adds to a state."""

    label: int
    by_system: bool
    adds: int


class Told(NamedTuple):
    """What is the same for an order wherever the rest of the world stands."""

    violation: str
    is_settled: bool
    steps: list[Step]


class Space:
    """The first state is 0. Only violations that begin like `watching` count."""

    def __init__(self, world: World, watching: str = "") -> None:
        setting = world.setting
        self._world = world
        self._watching = watching
        self._claims: Numbers[tuple[Item, ...]] = Numbers((NOTHING,) * setting.seats)
        self._slots: Numbers[Item] = Numbers(NOTHING)
        self._reservations: Numbers[Reservation] = Numbers(Reservation())
        self._orders: Numbers[Order] = Numbers(Order())
        self.labels: Numbers[str] = Numbers("")
        # Where each field begins; the claims' begins at 0.
        self._slot_at = [_BITS * (1 + party.buyer) for party in setting.parties]
        holds, orders = range(len(setting.parties)), range(len(setting.orders))
        self._hold_at = [_BITS * (1 + setting.buyers + hold) for hold in holds]
        self._order_at = [_BITS * (1 + setting.buyers + len(holds) + order) for order in orders]
        self._seen_mask = [_mask(0, self._slot_at[hold], self._hold_at[hold]) for hold in holds]
        everybody = _mask(0, *self._hold_at)
        self._of_hold: list[tuple[int, dict[int, list[Step]]]] = [
            (_mask(self._slot_at[hold]) | everybody, {}) for hold in holds
        ]
        self._of_order: list[tuple[int, dict[int, Told]]] = [
            (_mask(0, self._slot_at[hold], self._hold_at[hold], self._order_at[order]), {})
            for order, hold in enumerate(setting.orders)
        ]
        self._of_house: tuple[int, dict[int, list[Step]]] = (everybody, {})
        self._after: dict[tuple[int, tuple[Item, ...], Item, Reservation], int] = {}
        self._kept_orders: dict[Order, int] = {}

    def told(self, state: int) -> list[Told]:
        """Of each order."""
        return [
            known.get(state & mask) or self._tell(order, state, known, state & mask)
            for order, (mask, known) in enumerate(self._of_order)
        ]

    def steps(self, state: int) -> Iterator[list[Step]]:
        """What may follow a state besides what was told of orders."""
        for hold, (mask, known) in enumerate(self._of_hold):
            steps = known.get(state & mask)
            if steps is None:
                steps = known[state & mask] = list(self._hold_steps(hold, state))
            yield steps
        if self._world.setting.house_seats:
            mask, known = self._of_house
            steps = known.get(state & mask)
            if steps is None:
                steps = known[state & mask] = list(self._house_steps(state))
            yield steps

    def seats(self, state: int) -> tuple[object, ...]:
        """The seating part of a state, without what is only known of commands."""
        return (
            self._claims.things[state & _FIELD],
            *(self._slots.things[_field(state, at)] for at in sorted(set(self._slot_at))),
            *(self._reservations.things[_field(state, at)].record for at in self._hold_at),
        )

    def shown(self, state: int) -> Iterator[str]:
        """A state for people, a line for each of its parts."""
        for at, claim in enumerate(self._claims.things[state & _FIELD]):
            yield f"seat {at}: {_pairs(claim) or 'free'}"
        for buyer, at in enumerate(sorted(set(self._slot_at))):
            slot = self._slots.things[_field(state, at)]
            yield f"slot of buyer {buyer}: {_pairs(slot) or 'empty'}"
        for hold, at in enumerate(self._hold_at):
            record = self._reservations.things[_field(state, at)].record
            yield f"r{hold}: {_pairs(record) or 'none'}"
        for order, at in enumerate(self._order_at):
            shown = self._orders.things[_field(state, at)]._asdict().items()
            yield f"o{order}: " + ", ".join(
                f"{name}={value}" for name, value in shown if value and name != "commands"
            )

    def _tell(self, number: int, state: int, known: dict[int, Told], key: int) -> Told:
        hold = self._world.setting.orders[number]
        order_at = self._order_at[number]
        order = self._orders.things[_field(state, order_at)]
        scene = Scene(*self._seen_by(hold, state), order)
        broken = invariants.violation(self._world.setting, number, scene, self._watching)
        own = state & (_FIELD << order_at)
        steps: dict[int, Step] = {}
        for move in () if broken else self._order_moves(number, scene):
            adds = self._added(hold, state, move)
            adds += (self._order_of(move.scene.order) << order_at) - own
            if adds and not (adds in steps and steps[adds].by_system):
                label = self.labels.of(f"o{number}: {move.label}")
                steps[adds] = Step(label, move.by_system, adds)
        settled = invariants.is_settled(number, scene)
        known[key] = told = Told(broken, settled, list(steps.values()))
        return told

    def _order_moves(self, number: int, scene: Scene) -> Iterator[Move]:
        yield from surroundings.order_moves(self._world, number, scene)
        yield from surroundings.damage_moves(self._world, number, scene)
        yield from sagas.booking_moves(self._world, number, scene)
        yield from sagas.refund_moves(self._world, number, scene)
        yield from sagas.reconciler_moves(self._world, number, scene)
        yield from sagas.late_moves(self._world, number, scene)

    def _hold_steps(self, hold: int, state: int) -> Iterator[Step]:
        claims, slot, mine = self._seen_by(hold, state)
        everybody = tuple(self._reservations.things[_field(state, at)] for at in self._hold_at)
        moves = [
            *surroundings.reservation_moves(self._world, hold, claims, slot, mine),
            *surroundings.reserve_moves(self._world, hold, claims, slot, everybody),
        ]
        for move in moves:
            adds = self._added(hold, state, move)
            if adds:
                yield Step(self.labels.of(move.label), move.by_system, adds)

    def _house_steps(self, state: int) -> Iterator[Step]:
        phases = {
            hold: self._reservations.things[_field(state, at)].phase
            for hold, at in enumerate(self._hold_at)
        }
        before = state & _FIELD
        claims = self._claims.things[before]
        for label, after in surroundings.house_moves(self._world, claims, phases):
            adds = self._claims.of(after) - before
            if adds:
                yield Step(self.labels.of(label), by_system=False, adds=adds)

    def _seen_by(self, hold: int, state: int) -> tuple[tuple[Item, ...], Item, Reservation]:
        return (
            self._claims.things[state & _FIELD],
            self._slots.things[_field(state, self._slot_at[hold])],
            self._reservations.things[_field(state, self._hold_at[hold])],
        )

    def _added(self, hold: int, state: int, move: Move) -> int:
        """What a move adds to the fields of seating."""
        claims, slot, reservation, _ = move.scene
        key = (hold, claims, slot, reservation)
        after = self._after.get(key)
        if after is None:
            after = self._after[key] = (
                self._claims.of(claims)
                + (self._slots.of(slot) << self._slot_at[hold])
                + (self._reservations.of(self._told_of(*key)) << self._hold_at[hold])
            )
        return after - (state & self._seen_mask[hold])

    def _told_of(
        self, hold: int, claims: tuple[Item, ...], slot: Item, reservation: Reservation
    ) -> Reservation:
        reservation = forgetting.time_told(hold, claims, slot, reservation)
        if self._world.forgets:
            reservation = forgetting.without_dead_commands(claims, reservation)
        if not self._world.setting.late_commands:
            reservation = reservation._replace(commands=frozenset())
        return reservation

    def _order_of(self, order: Order) -> int:
        """The number of an order, without what is to be forgotten of it."""
        number = self._kept_orders.get(order)
        if number is None:
            number = self._kept_orders[order] = self._orders.of(self._kept(order))
        return number

    def _kept(self, order: Order) -> Order:
        if not self._world.setting.late_commands:
            order = order._replace(commands=frozenset())
        if self._world.forgets:
            is_fickle = self._world.setting.fickle_provider
            order = forgetting.without_dead_calls(order, is_fickle=is_fickle)
        return order


def _mask(*places: int) -> int:
    return sum(_FIELD << place for place in set(places))


def _field(state: int, place: int) -> int:
    return (state >> place) & _FIELD


def _pairs(item: Item) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(item))
