"""Seating: the shipped operations run on items in memory, and what its use cases do with them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from functions.seating.conditions import Operation, Step
from functions.seating.fairness import COUNTED
from functions.seating.parameters import NO_ORDER
from functions.seating.tests.model.clocks import Clock
from functions.seating.tests.model.state import NOTHING, Item, Seats

# What no rule asks about, which would only tell equal states apart; and what only fairness asks
# about: it refuses some RESERVEs and does nothing else, so what may happen with it may without it.
_UNASKED = {"allocatedAt", "activeQty", "blocks", "userId", *COUNTED}
_SEAT_MAP = "map"
_STATE: Item = frozenset({("mapId", _SEAT_MAP)})


class Refused(Exception):  # noqa: N818 - an answer, not an error
    """Some item's conditions failed; `kinds` are the kinds of those items."""

    def __init__(self, kinds: frozenset[str]) -> None:
        super().__init__(sorted(kinds))
        self.kinds = kinds


class Answer(NamedTuple):
    """`error` is what the use case raises, empty for a success, None while it is under way."""

    seats: Seats
    error: str | None = ""


class Asked(NamedTuple):
    """Whose command it is: numbers of a reservation, of its seats, and of an order."""

    reservation: int
    places: tuple[int, ...]
    order: int | None = None
    clock: Clock = Clock()

    def parameters(self, limit: int) -> dict[str, Any]:
        quantity = len(self.places)
        return {
            "now": self.clock,
            "reservation": f"r{self.reservation}",
            "order": NO_ORDER if self.order is None else f"o{self.order}",
            "expires_at": self.reservation,
            "claim_ttl": self.reservation,
            "record_ttl": self.reservation,
            "quantity": quantity,
            "room_before": limit - quantity,
            "seat_map": _SEAT_MAP,
            "user": None,
        }


class Seating:
    """`rules` by name; `limit` is how many tickets a user may have."""

    def __init__(self, rules: Mapping[str, Operation], limit: int) -> None:
        self._rules = rules
        self._limit = limit

    def reserve(self, seats: Seats, asked: Asked) -> Answer:
        try:
            return Answer(self._run("RESERVE", seats, asked))
        except Refused as refused:
            # Found in the record, it is a replay and answered as such.
            return Answer(seats, "" if "record" in refused.kinds else "SeatsUnavailable")

    def secure(self, seats: Seats, asked: Asked) -> Answer:
        if not seats.record:
            return Answer(seats, "NotFound")
        try:
            return Answer(self._run("SECURE", seats, asked))
        except Refused:
            return Answer(seats, _not_securable(seats.record, asked))

    def allocate(self, seats: Seats, asked: Asked) -> Answer:
        if not seats.record:
            return Answer(seats, "SeatsLost")
        try:
            return Answer(self._run("ALLOCATE", seats, asked))
        except Refused:
            done = _is(seats.record, "COMPLETED", asked.order)
            return Answer(seats, "" if done else "SeatsLost")

    def release(self, seats: Seats, asked: Asked) -> Answer:
        """All at once; under way if the seats must be given back one by one."""
        try:
            return Answer(self._run("RELEASE", seats, asked))
        except Refused as refused:
            if "record" not in refused.kinds:
                return Answer(seats, None)
            return Answer(seats, _unreleased(seats.record, asked.order))

    def release_seat(self, seats: Seats, asked: Asked, place: int) -> Seats:
        """One by one: a seat that is not its own any more stays as it is."""
        try:
            return self._run("RELEASE", seats, asked._replace(places=(place,)), only=("claim",))
        except Refused:
            return seats

    def release_record(self, seats: Seats, asked: Asked) -> Answer:
        """One by one: the record at last, and the slot if it waited."""
        asked = asked._replace(places=())
        for kinds in (("record", "slot"), ("record",)):
            try:
                return Answer(self._run("RELEASE", seats, asked, only=kinds))
            except Refused as refused:
                if "record" in refused.kinds:
                    break
        return Answer(seats, _unreleased(seats.record, asked.order))

    def release_sold(self, seats: Seats, asked: Asked, place: int) -> Seats:
        try:
            return self._run("RELEASE-SOLD", seats, asked._replace(places=(place,)))
        except Refused:
            return seats

    def expire(self, seats: Seats, asked: Asked) -> Seats:
        try:
            return self._run("EXPIRE", seats, asked)
        except Refused:
            return seats

    def block(self, seats: Seats, asked: Asked) -> Seats:
        return self._house("BLOCK", seats, asked)

    def unblock(self, seats: Seats, asked: Asked) -> Seats:
        return self._house("UNBLOCK", seats, asked)

    def _house(self, name: str, seats: Seats, asked: Asked) -> Seats:
        try:
            return self._run(name, seats, asked)
        except Refused:
            return seats

    def _run(
        self, name: str, seats: Seats, asked: Asked, only: Sequence[str] | None = None
    ) -> Seats:
        """Every step or none, as the table's transaction does it. Raises Refused."""
        steps = {k: v for k, v in self._rules[name].steps.items() if only is None or k in only}
        parameters = asked.parameters(self._limit)
        claims = list(seats.claims)
        slot, record = seats.slot, seats.record
        refused = set()
        for kind, step in steps.items():
            items = {"record": record, "slot": slot, "state": _STATE}
            targets = [claims[at] for at in asked.places] if kind == "claim" else [items[kind]]
            if any(step.failing(dict(item), parameters) for item in targets):
                refused.add(kind)
                continue
            written = [_applied(step, item, parameters) for item in targets]
            match kind:
                case "claim":
                    for at, item in zip(asked.places, written, strict=True):
                        claims[at] = item
                case "record":
                    record = written[0]
                case "slot":
                    slot = written[0]
        if refused:
            raise Refused(frozenset(refused))
        return Seats(tuple(claims), slot, record)


def _applied(step: Step, item: Item, parameters: Mapping[str, Any]) -> Item:
    after = step.apply(dict(item), parameters)
    return frozenset((name, value) for name, value in after.items() if name not in _UNASKED)


def value(item: Item, attribute: str) -> str | int | None:
    found: str | int | None = dict(item).get(attribute)
    return found


def _is(record: Item, status: str, order: int | None) -> bool:
    return value(record, "status") == status and value(record, "orderId") == f"o{order}"


def _not_securable(record: Item, asked: Asked) -> str:
    if _is(record, "PAYING", asked.order) or _is(record, "COMPLETED", asked.order):
        return ""
    if asked.clock >= asked.reservation and value(record, "status") == "ACTIVE":
        return "ReservationExpired"
    return {
        "EXPIRED": "ReservationExpired",
        "RELEASED": "ReservationReleased",
        "PAYING": "ReservationInPayment",
        "COMPLETED": "ReservationCompleted",
    }.get(str(value(record, "status")), "SeatsLost")


def _unreleased(record: Item, order: int | None) -> str:
    """What a release that the record refused is told."""
    status = value(record, "status")
    if record == NOTHING or status in ("RELEASED", "EXPIRED"):
        return ""
    if order is not None and value(record, "orderId") != f"o{order}":
        return ""
    if status == "COMPLETED":
        return "ReservationCompleted"
    if status == "PAYING" and order is None:
        return "ReservationInPayment"
    return "ServiceUnavailable"
