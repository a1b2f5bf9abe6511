"""The model does to seats what seating does: the same commands, side by side, on a real table."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
from functions.seating.tests.shows import LASTS, Show, new_user_id
from functions.shared.problems import Problem

# Two users; the first may reserve twice, and one of these seats is wanted by both.
PARTIES = (Party(0, (0, 1)), Party(1, (1,)), Party(0, (2,)))
SETTING = Setting("agreement", 3, PARTIES, (0, 1, 2), limit=MAX_TICKETS_A_USER)
WORLD = World(SETTING)
SEATING = Seating(SHIPPED, SETTING.limit)

HOLDS = st.integers(0, len(PARTIES) - 1)
COMMANDS = st.one_of(
    st.tuples(st.just("reserve"), HOLDS),
    st.tuples(st.sampled_from(["reserve", "secure", "allocate", "release"]), HOLDS),
    st.tuples(st.sampled_from(["give up", "release sold", "expire", "block", "unblock"]), HOLDS),
    st.tuples(st.just("time"), st.sampled_from([-1, 1, 300])),
    st.tuples(st.just("time"), st.sampled_from([0, 0, int(LASTS.total_seconds())])),
    st.tuples(st.just("sweep"), st.just(0)),
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(commands=st.lists(COMMANDS, min_size=6, max_size=18))
def test_any_commands_leave_the_model_and_the_table_the_same(
    store: Store, commands: list[tuple[str, int]]
) -> None:
    sides = Sides(Show(store))
    for command, about in commands:
        sides.run(command, about)
        assert sides.modelled() == sides.stored(), (command, about)


def test_the_commands_of_a_sale_and_of_a_hold_given_up_in_part_agree(store: Store) -> None:
    sides = Sides(Show(store))
    lasts = int(LASTS.total_seconds())
    script: Iterable[tuple[str, int]] = [
        ("reserve", 0), ("time", lasts), ("reserve", 1), ("give up", 0), ("secure", 1),
        ("allocate", 1), ("allocate", 1), ("reserve", 2), ("secure", 2), ("release", 2),
        ("secure", 2), ("release sold", 1), ("allocate", 1), ("block", 1), ("unblock", 1),
    ]  # fmt: skip
    for command, about in script:
        sides.run(command, about)
        assert sides.modelled() == sides.stored(), (command, about)
    assert [value(record, "status") for record in sides.records] == [
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
                answered = self._real(command, about)
                asked = Asked(about, PARTIES[about].places, about, self._clock())
                assert answered == self._model(command, about, asked), (command, about)

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
            for hold in range(len(PARTIES))
        )
        return Everything(claims, tuple(slots), tuple(records))

    def _real(self, command: str, hold: int) -> str:
        show, order = self.show, f"o{hold}"
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
        now = self.show.now + timedelta(0)
        return Clock(frozenset(hold for hold, end in self.ends.items() if end <= now))

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


def _released(seats: Seats, asked: Asked, *, by_order: bool) -> tuple[Seats, str]:
    """To its end, one step after the other."""
    asked = asked if by_order else asked._replace(order=None)
    scene = Scene(seats.claims, seats.slot, Modelled(seats.record), Order())
    step = next(iter(tasks.release(WORLD, scene, asked)))
    while step.error is None:
        step = next(iter(tasks.release_rest(WORLD, step.scene, asked)))
    return step.scene.seats, step.error
