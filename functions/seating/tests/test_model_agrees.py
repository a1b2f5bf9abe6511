"""The model does to seats what seating does: the same commands, side by side, on a real table."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from random import Random
from typing import Any, NamedTuple

import pytest

from functions.seating import blocks, booking, releases
from functions.seating.domain import MAX_TICKETS_A_USER, TTL_GRACE, Reservation
from functions.seating.problems import SeatsNotBlocked, SeatsUnavailable
from functions.seating.store.operations import OperationRefused
from functions.seating.store.store import Store
from functions.seating.tests.model import tasks
from functions.seating.tests.model.clocks import Clock
from functions.seating.tests.model.seating import Asked, Seating, value
from functions.seating.tests.model.state import NOTHING, Item, Order, Scene, Seats
from functions.seating.tests.model.state import Reservation as Modelled
from functions.seating.tests.model.world import SHIPPED, Party, Setting, World
from functions.seating.tests.shows import LASTS, UNHURRIED, Show, new_user_id
from functions.shared.problems import Problem

# Two users, three seats, and reservations of one or two of them that are in each other's way.
PARTIES = (
    *(Party(0, (0, 1)), Party(1, (1,)), Party(0, (2,))),
    *(Party(at % 2, ((0, 1), (1,), (2,), (1, 2))[at % 4]) for at in range(9)),
)
SETTING = Setting("agreement", 3, PARTIES, tuple(range(len(PARTIES))), limit=MAX_TICKETS_A_USER)
WORLD = World(SETTING)
SEATING = Seating(SHIPPED, SETTING.limit)
LASTS_SECONDS = int(LASTS.total_seconds())
# An order that has nothing to do with the reservation.
STRANGER = len(PARTIES)

Command = tuple[str, int]
HOW_OFTEN = {
    "reserve": 6,
    "secure": 7,
    "allocate": 6,
    "release": 2,
    "give up": 3,
    "release sold": 2,
    "expire": 2,
    "secure for a stranger": 3,
    "allocate for a stranger": 3,
    "release for a stranger": 2,
    "release sold for a stranger": 1,
    "block": 1,
    "unblock": 1,
    "time": 3,
    "sweep": 1,
}


def walk(seed: int, length: int) -> Iterator[Command]:
    """Commands at random, most of them about the reservation that was tried last."""
    chance = Random(seed)
    latest = 0
    for _ in range(length):
        (command,) = chance.choices(list(HOW_OFTEN), list(HOW_OFTEN.values()))
        if command == "time":
            yield command, chance.choice([-1, 0, 1, 300, LASTS_SECONDS])
            continue
        if command == "reserve":
            latest = chance.randrange(len(PARTIES))
        yield command, chance.choice([latest, latest, chance.randrange(len(PARTIES))])


@pytest.mark.parametrize("seed", range(6))
def test_any_commands_leave_the_model_and_the_table_the_same(store: Store, seed: int) -> None:
    sides = Sides(Show(store, terms=UNHURRIED))
    for command, about in walk(seed, 60):
        sides.run(command, about)
        assert sides.modelled() == sides.stored(), (command, about)


def test_the_commands_of_a_sale_and_of_a_hold_given_up_in_part_agree(store: Store) -> None:
    sides = Sides(Show(store, terms=UNHURRIED))
    script: Iterable[Command] = [
        ("reserve", 0), ("time", LASTS_SECONDS), ("reserve", 1), ("release", 0), ("secure", 1),
        ("allocate", 1), ("allocate", 1), ("reserve", 2), ("secure", 2), ("release", 2),
        ("secure", 2), ("allocate for a stranger", 1), ("release sold", 1), ("allocate", 1),
        ("block", 1), ("unblock", 1),
    ]  # fmt: skip
    for command, about in script:
        sides.run(command, about)
        assert sides.modelled() == sides.stored(), (command, about)
    assert [value(record, "status") for record in sides.records[:3]] == [
        "RELEASED", "COMPLETED", "RELEASED",
    ]  # fmt: skip


class Everything(NamedTuple):
    claims: tuple[Item, ...]
    slots: tuple[Item, ...]
    records: tuple[Item, ...]


class Sides:
    """One event, kept twice: by seating on its table, and by the model in memory."""

    def __init__(self, show: Show) -> None:
        self.show = show
        self.users = [new_user_id() for _ in range(SETTING.buyers)]
        self.ends: dict[int, datetime] = {}
        self.claims: tuple[Item, ...] = (NOTHING,) * SETTING.seats
        self.slots = [NOTHING] * SETTING.buyers
        self.records = [NOTHING] * len(PARTIES)

    def run(self, command: str, about: int) -> None:
        """The same command to both; their answers must be the same, too."""
        match command:
            case "time":
                self.show.later(seconds=about)
            case "sweep":
                self._sweep()
            case _:
                own, _, stranger = command.partition(" for ")
                order = STRANGER if stranger else about
                answered = self._real(own, about, order)
                asked = Asked(about, PARTIES[about].places, order, self._clock())
                assert answered == self._model(own, about, asked), (command, about)

    def modelled(self) -> Everything:
        return Everything(self.claims, tuple(self.slots), tuple(self.records))

    def stored(self) -> Everything:
        """The table's items, with the attributes that rules speak of, in the model's words."""
        by_seat = {int(item["SK"]): self._item(item) for item in self.show.items()}
        claims = tuple(by_seat.get(at + 1, NOTHING) for at in range(SETTING.seats))
        slots = (
            self._stored({"PK": f"SLOT#{self.show.event_id}#{user}", "SK": "SLOT"})
            for user in self.users
        )
        records = (
            self._stored({"PK": f"RESERVATION#{self._id(hold)}", "SK": "RECORD"}, hold)
            if hold in self.ends
            else NOTHING
            for hold in range(len(PARTIES))
        )
        return Everything(claims, tuple(slots), tuple(records))

    def _real(self, command: str, hold: int, number: int) -> str:
        show, order = self.show, f"o{number}"
        reservation = show.store.records.read(self._id(hold))
        commands: dict[str, Callable[[Reservation], object]] = {
            "secure": lambda found: show.secure(found, order),
            "allocate": lambda found: show.allocate(found, order),
            "release": lambda found: releases.release(show.store, found, order, show.now),
            "give up": lambda found: releases.release(show.store, found, None, show.now),
            "release sold": lambda found: booking.release_sold(
                show.store, found.reservation_id, order, self._seat_ids(hold), show.now
            ),
            "expire": lambda found: show.store.operations.expire(found, show.now),
        }
        try:
            if command == "reserve":
                self._reserve(hold)
            elif command in ("block", "unblock"):
                self._house(command, hold)
            elif reservation is not None:
                with suppress(OperationRefused):
                    commands[command](reservation)
        except Problem as refusal:
            return "SeatsUnavailable" if command == "reserve" else type(refusal).__name__
        return ""

    def _reserve(self, hold: int) -> None:
        made = self.show.reserve(
            *self._seat_ids(hold),
            user_id=self.users[PARTIES[hold].buyer],
            reservation_id=self._id(hold),
        )
        self.ends[hold] = made.expires_at

    def _house(self, command: str, hold: int) -> None:
        """The first of its seats; that it could not be had is no matter here."""
        seat_ids = self._seat_ids(hold)[:1]
        with suppress(SeatsUnavailable, SeatsNotBlocked):
            if command == "block":
                blocks.block(self.show.store, self.show.published.state, seat_ids, self.show.now)
            else:
                blocks.unblock(self.show.store, self.show.published.state, seat_ids)

    def _model(self, command: str, hold: int, asked: Asked) -> str:
        seats = Seats(self.claims, self.slots[PARTIES[hold].buyer], self.records[hold])
        if command not in ("reserve", "block", "unblock") and not seats.record:
            return ""
        first = asked._replace(places=asked.places[:1])
        match command:
            case "reserve":
                after, error = SEATING.reserve(seats, asked)
            case "secure":
                after, error = SEATING.secure(seats, asked)
            case "allocate":
                after, error = SEATING.allocate(seats, asked)
            case "release" | "give up":
                after, error = _released(seats, asked, by_order=command == "release")
            case "release sold":
                after, error = seats, ""
                for place in asked.places:
                    after = SEATING.release_sold(after, asked, place)
            case "expire":
                after, error = SEATING.expire(seats, asked), ""
            case "block":
                after, error = SEATING.block(seats, first), ""
            case _:
                after, error = SEATING.unblock(seats, first), ""
        self.claims, self.slots[PARTIES[hold].buyer], self.records[hold] = after
        return str(error)

    def _sweep(self) -> None:
        self.show.sweep()
        swept = {hold for hold, end in self.ends.items() if end + TTL_GRACE <= self.show.now}
        self.claims = tuple(
            NOTHING if value(claim, "ttl") in swept else claim for claim in self.claims
        )

    def _clock(self) -> Clock:
        return Clock(frozenset(hold for hold, end in self.ends.items() if end <= self.show.now))

    def _stored(self, key: dict[str, str], hold: int | None = None) -> Item:
        return self._item(self.show.store.table.get(key) or {}, hold)

    def _item(self, stored: dict[str, Any], hold: int | None = None) -> Item:
        names = {self._id(each): each for each in range(len(PARTIES))}
        owner = stored.get("reservationId", stored.get("active"))
        hold = names.get(str(owner), hold)
        told: dict[str, Any] = {}
        for name, kept in stored.items():
            if name in ("expiresAt", "ttl", "activeExpiresAt"):
                told[name] = hold
            elif name in ("reservationId", "active"):
                told[name] = f"r{names[kept]}"
            elif name in ("status", "orderId", "soldQty"):
                told[name] = kept
        return frozenset(told.items())

    def _id(self, hold: int) -> str:
        return f"r{hold}-of-{self.show.event_id}"

    def _seat_ids(self, hold: int) -> list[int]:
        return [place + 1 for place in PARTIES[hold].places]


def _is_over(record: Item, asked: Asked) -> bool:
    return value(record, "status") == "ACTIVE" and asked.clock >= asked.reservation


def _released(seats: Seats, asked: Asked, *, by_order: bool) -> tuple[Seats, str]:
    """To its end, one step after the other; what time has given back stays as it is."""
    if not by_order and _is_over(seats.record, asked):
        return seats, ""
    asked = asked if by_order else asked._replace(order=None)
    scene = Scene(seats.claims, seats.slot, Modelled(seats.record), Order())
    step = next(iter(tasks.release(WORLD, scene, asked)))
    while step.error is None:
        step = next(iter(tasks.release_rest(WORLD, step.scene, asked)))
    return step.scene.seats, step.error
