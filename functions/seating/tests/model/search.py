"""Breadth-first search of every state that a world can come to, and the way to each."""

import time
from array import array
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from functions.seating.tests.model import forgetting, invariants, sagas, surroundings
from functions.seating.tests.model.state import NOTHING, Item, Move, Order, Reservation, Scene
from functions.seating.tests.model.world import World

T = TypeVar("T", bound=Hashable)


class Numbers(Generic[T]):
    """Gives equal things the same number, so that states are small and quick to compare."""

    def __init__(self) -> None:
        self._numbers: dict[T, int] = {}
        self.things: list[T] = []

    def of(self, thing: T) -> int:
        number = self._numbers.get(thing)
        if number is None:
            number = self._numbers[thing] = len(self.things)
            self.things.append(thing)
        return number


# Claims, then each buyer's slot, each reservation, each order: by their numbers.
State = tuple[int, ...]


class Way(NamedTuple):
    """A violation, or a state that nothing settles, and the shortest way there."""

    what: str
    steps: tuple[str, ...]
    scene: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"{at + 1:3}. {step}" for at, step in enumerate(self.steps)]
        return "\n".join([self.what, *lines, *(f"     {line}" for line in self.scene)])


@dataclass
class Found:
    """What a search came to. `seconds` are a core's; `stuck` is empty unless it was asked for."""

    states: int
    edges: int
    seconds: float
    is_complete: bool
    violations: list[Way] = field(default_factory=list)
    stuck: list[Way] = field(default_factory=list)
    labels: frozenset[str] = frozenset()

    @property
    def ways(self) -> list[Way]:
        return [*self.violations, *self.stuck]


class _Seen(NamedTuple):
    """What is the same for one order wherever the other parts of the world stand."""

    violation: str
    is_settled: bool
    # Label, by system, then numbers of claims, slot, reservation, order.
    moves: list[tuple[int, bool, int, int, int, int]]


class Search:
    """`most` states at most; to the first violation only, if `stops`.

    `watching` only what begins so: a state that breaks something else is searched on from.
    """

    def __init__(
        self, world: World, *, most: int = 20_000_000, stops: bool = False, watching: str = ""
    ) -> None:
        self.world = world
        self._watching = watching
        self.setting = world.setting
        self._most = most
        self._stops = stops
        self._claims: Numbers[tuple[Item, ...]] = Numbers()
        self._slots: Numbers[Item] = Numbers()
        self._reservations: Numbers[Reservation] = Numbers()
        self._orders: Numbers[Order] = Numbers()
        self._labels: Numbers[str] = Numbers()
        self._of_orders: dict[tuple[int, ...], _Seen] = {}
        self._of_reservations: dict[tuple[int, ...], list[tuple[int, bool, int, int, int]]] = {}
        self._of_reserving: dict[State, list[tuple[int, bool, int, int, int]]] = {}
        self._of_house: dict[State, list[tuple[int, int]]] = {}
        self._slot_at = [1 + party.buyer for party in self.setting.parties]
        self._hold_at = 1 + self.setting.buyers
        self._order_at = self._hold_at + len(self.setting.parties)
        self._states: list[State] = []
        self._parents = array("l")
        self._by = array("l")

    def run(self, *, settles: bool = False) -> Found:
        """Every state, checked; with `settles` also whether the system alone brings it to rest."""
        started = time.process_time()
        numbers: dict[State, int] = {}
        system_edges: tuple[array[int], array[int]] = (array("l", [0]), array("l"))
        settled = bytearray()
        violations: dict[str, int] = {}
        edges = 0
        self._reach(self._first(), numbers, 0, -1)
        at = 0
        while at < len(self._states) and len(self._states) < self._most:
            state = self._states[at]
            broken, rests = self._judge(state)
            settled.append(rests or bool(broken))
            if broken:
                violations.setdefault(broken, at)
                if self._stops:
                    break
            else:
                for label, by_system, following in self._moves(state):
                    edges += 1
                    number = numbers.get(following, -1)
                    if number < 0:
                        number = self._reach(following, numbers, at, label)
                    if by_system and settles:
                        system_edges[1].append(number)
            system_edges[0].append(len(system_edges[1]))
            at += 1
        is_complete = at == len(self._states)
        found = Found(len(self._states), edges, 0.0, is_complete)
        found.violations = [self._way(what, number) for what, number in violations.items()]
        if settles and is_complete:
            stuck = _unsettled(settled, *system_edges)
            found.stuck = [self._way("stuck: nothing settles this", each) for each in stuck[:1]]
        found.labels = frozenset(self._labels.things)
        found.seconds = time.process_time() - started
        return found

    def scenes(self) -> Iterator[tuple[tuple[Item, ...], ...]]:
        """The seating part of every state that was reached, to compare two searches by."""
        for state in self._states:
            yield (
                self._claims.things[state[0]],
                *((self._slots.things[each],) for each in state[1 : self._hold_at]),
                *(
                    (self._reservations.things[each].record,)
                    for each in state[self._hold_at : self._order_at]
                ),
            )

    def _first(self) -> State:
        parties, orders = self.setting.parties, self.setting.orders
        return (
            self._claims.of((NOTHING,) * self.setting.seats),
            *(self._slots.of(NOTHING) for _ in range(self.setting.buyers)),
            *(self._reservations.of(Reservation()) for _ in parties),
            *(self._orders.of(Order()) for _ in orders),
        )

    def _reach(self, state: State, numbers: dict[State, int], parent: int, label: int) -> int:
        number = numbers[state] = len(self._states)
        self._states.append(state)
        self._parents.append(parent)
        self._by.append(label)
        return number

    def _judge(self, state: State) -> tuple[str, bool]:
        """The invariant it breaks, and whether all its orders are settled."""
        rests = True
        for number in range(len(self.setting.orders)):
            seen = self._seen(number, state)
            if seen.violation:
                return seen.violation, False
            rests = rests and seen.is_settled
        return "", rests

    def _moves(self, state: State) -> Iterator[tuple[int, bool, State]]:
        places: tuple[int, ...]
        for number, hold in enumerate(self.setting.orders):
            places = (0, self._slot_at[hold], self._hold_at + hold, self._order_at + number)
            for label, by_system, *parts in self._seen(number, state).moves:
                yield label, by_system, _put(state, places, parts)
        for hold in range(len(self.setting.parties)):
            places = (0, self._slot_at[hold], self._hold_at + hold)
            for label, by_system, *parts in self._reservation_moves(hold, state):
                yield label, by_system, _put(state, places, parts)
        if self.setting.house_seats:
            for label, claims in self._house_moves(state):
                yield label, False, (claims, *state[1:])

    def _seen(self, number: int, state: State) -> _Seen:
        hold = self.setting.orders[number]
        key = (
            number,
            state[0],
            state[self._slot_at[hold]],
            state[self._hold_at + hold],
            state[self._order_at + number],
        )
        seen = self._of_orders.get(key)
        if seen is None:
            scene = Scene(
                self._claims.things[key[1]],
                self._slots.things[key[2]],
                self._reservations.things[key[3]],
                self._orders.things[key[4]],
            )
            broken = invariants.violation(self.setting, number, scene, self._watching)
            moves = [] if broken else self._order_moves(number, hold, scene, key[1:])
            seen = _Seen(broken, invariants.is_settled(number, scene), moves)
            self._of_orders[key] = seen
        return seen

    def _order_moves(
        self, number: int, hold: int, scene: Scene, numbers: tuple[int, ...]
    ) -> list[tuple[int, bool, int, int, int, int]]:
        found: dict[tuple[int, ...], tuple[int, bool, int, int, int, int]] = {}
        for source in (
            surroundings.order_moves,
            surroundings.damage_moves,
            sagas.booking_moves,
            sagas.refund_moves,
            sagas.reconciler_moves,
            sagas.late_moves,
        ):
            for move in source(self.world, number, scene):
                after = (*self._seats_of(hold, move), self._orders.of(self._kept(move.scene.order)))
                if after != numbers and not (after in found and found[after][1] >= move.by_system):
                    label = self._labels.of(f"o{number}: {move.label}")
                    found[after] = (label, move.by_system, *after)
        return list(found.values())

    def _reservation_moves(self, hold: int, state: State) -> list[tuple[int, bool, int, int, int]]:
        slot = state[self._slot_at[hold]]
        key = (hold, state[0], slot, *state[self._hold_at : self._order_at])
        known = self._of_reserving.get(key)
        if known is None:
            claims = self._claims.things[state[0]]
            everybody = tuple(
                self._reservations.things[each] for each in state[self._hold_at : self._order_at]
            )
            own = (hold, state[0], slot, state[self._hold_at + hold])
            if own not in self._of_reservations:
                moves = surroundings.reservation_moves(
                    self.world, hold, claims, self._slots.things[slot], everybody[hold]
                )
                self._of_reservations[own] = list(self._numbered(hold, moves, own[1:]))
            reserved = surroundings.reserve_moves(
                self.world, hold, claims, self._slots.things[slot], everybody
            )
            known = [*self._of_reservations[own], *self._numbered(hold, reserved, own[1:])]
            self._of_reserving[key] = known
        return known

    def _numbered(
        self, hold: int, moves: Iterator[Move], numbers: tuple[int, ...]
    ) -> Iterator[tuple[int, bool, int, int, int]]:
        for move in moves:
            after = self._seats_of(hold, move)
            if after != numbers:
                yield self._labels.of(move.label), move.by_system, *after

    def _seats_of(self, hold: int, move: Move) -> tuple[int, int, int]:
        claims, slot, reservation, _ = move.scene
        reservation = forgetting.time_told(hold, claims, slot, reservation)
        if self.world.forgets:
            reservation = forgetting.without_dead_commands(claims, reservation)
        if not self.setting.late_commands:
            reservation = reservation._replace(commands=frozenset())
        return self._claims.of(claims), self._slots.of(slot), self._reservations.of(reservation)

    def _kept(self, order: Order) -> Order:
        if not self.setting.late_commands:
            order = order._replace(commands=frozenset())
        if self.world.forgets:
            fickle = self.setting.fickle_provider
            order = forgetting.without_dead_calls(order, is_fickle=fickle)
        return order

    def _house_moves(self, state: State) -> list[tuple[int, int]]:
        key = (state[0], *state[self._hold_at : self._order_at])
        if key not in self._of_house:
            phases = {
                at: self._reservations.things[each].phase
                for at, each in enumerate(state[self._hold_at : self._order_at])
            }
            moves = surroundings.house_moves(self.world, self._claims.things[state[0]], phases)
            self._of_house[key] = [
                (self._labels.of(label), self._claims.of(claims))
                for label, claims in moves
                if claims != self._claims.things[state[0]]
            ]
        return self._of_house[key]

    def _way(self, what: str, number: int) -> Way:
        steps, at = [], number
        while at:
            steps.append(self._labels.things[self._by[at]])
            at = self._parents[at]
        return Way(what, tuple(reversed(steps)), tuple(self._shown(self._states[number])))

    def _shown(self, state: State) -> Iterator[str]:
        for at, claim in enumerate(self._claims.things[state[0]]):
            yield f"seat {at}: {_pairs(claim) or 'free'}"
        for at, slot in enumerate(state[1 : self._hold_at]):
            yield f"slot of buyer {at}: {_pairs(self._slots.things[slot]) or 'empty'}"
        for at, hold in enumerate(state[self._hold_at : self._order_at]):
            yield f"r{at}: {_pairs(self._reservations.things[hold].record) or 'none'}"
        for at, order in enumerate(state[self._order_at :]):
            shown = self._orders.things[order]._asdict().items()
            yield f"o{at}: " + ", ".join(
                f"{name}={value}" for name, value in shown if value and name != "commands"
            )


def _put(state: State, places: Sequence[int], parts: Sequence[int]) -> State:
    after = list(state)
    for place, part in zip(places, parts, strict=True):
        after[place] = part
    return tuple(after)


def _pairs(item: Item) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(item))


def _unsettled(settled: bytearray, starts: "array[int]", targets: "array[int]") -> list[int]:
    """States from which the system's own steps lead to no settled state.

    Those that it leads nowhere from come first, nearest first: there it shows what is lost.
    """
    changed = True
    while changed:
        changed = False
        for at in range(len(settled) - 1, -1, -1):
            if not settled[at] and any(
                settled[target] for target in targets[starts[at] : starts[at + 1]]
            ):
                settled[at] = 1
                changed = True
    stuck = [at for at, rests in enumerate(settled) if not rests]
    return sorted(stuck, key=lambda at: (starts[at] != starts[at + 1], at))
