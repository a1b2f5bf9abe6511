"""What a seat may do, one operation at a time: the sequential rules that histories are held to.

A seat is free, or somebody's: held, paying, sold. Whose it is, is a reservation's name. Nothing
here knows of time: a history must be shorter than a hold.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Final, NamedTuple


class Stage(StrEnum):
    FREE = "FREE"
    HELD = "HELD"
    PAYING = "PAYING"
    SOLD = "SOLD"


class Seat(NamedTuple):
    """`owner` is the reservation that has it."""

    stage: Stage = Stage.FREE
    owner: str = ""


Rule = Callable[[Seat], Seat | None]
FREE: Final = Seat()

# As clients see them.
SEEN_AS: Final = {
    Stage.FREE: "AVAILABLE",
    Stage.HELD: "RESERVED",
    Stage.PAYING: "RESERVED",
    Stage.SOLD: "ALLOCATED",
}


def reserved(owner: str) -> Rule:
    return lambda seat: Seat(Stage.HELD, owner) if seat == FREE else None


def secured(owner: str) -> Rule:
    """Its order has begun to be paid for."""
    return _moved(owner, (Stage.HELD,), Stage.PAYING)


def allocated(owner: str) -> Rule:
    return _moved(owner, (Stage.PAYING,), Stage.SOLD)


def cancelled(owner: str) -> Rule:
    """Its order was given up before it was paid."""
    return _moved(owner, (Stage.HELD, Stage.PAYING), Stage.FREE)


def refunded(owner: str) -> Rule:
    return _moved(owner, (Stage.SOLD,), Stage.FREE)


def released(owner: str) -> Rule:
    """Given up before there was an order; once more, or too late, it changes nothing.

    A 204 for a seat that the same reservation is paying for, or has bought, is impossible.
    """

    def rule(seat: Seat) -> Seat | None:
        if seat.owner != owner:
            return seat
        return FREE if seat.stage is Stage.HELD else None

    return rule


def kept(owner: str) -> Rule:
    """A release was refused because the reservation is being paid for, or is paid."""
    return _seen(lambda seat: seat.owner == owner and seat.stage in (Stage.PAYING, Stage.SOLD))


def refused(by: str) -> Rule:
    """Named in a 409: somebody else has it."""
    return _seen(lambda seat: seat != FREE and seat.owner != by)


def spared() -> Rule:
    """Asked for, and not named in a 409 that named others: it was free."""
    return _seen(lambda seat: seat == FREE)


def seen(status: str) -> Rule:
    return _seen(lambda seat: SEEN_AS[seat.stage] == status)


def seen_taken() -> Rule:
    """Missing from a list of what is free."""
    return _seen(lambda seat: seat != FREE)


Seats = tuple[Seat, ...]


def together(places: Iterable[int], rule: Rule) -> Callable[[Seats], Seats | None]:
    """The rule for the seats at these places, all in one moment."""
    chosen = tuple(places)

    def rule_of_all(seats: Seats) -> Seats | None:
        changed = list(seats)
        for place in chosen:
            after = rule(seats[place])
            if after is None:
                return None
            changed[place] = after
        return tuple(changed)

    return rule_of_all


def _seen(fits: Callable[[Seat], bool]) -> Rule:
    return lambda seat: seat if fits(seat) else None


def _moved(owner: str, stages: Iterable[Stage], stage: Stage) -> Rule:
    before = tuple(Seat(each, owner) for each in stages)
    after = FREE if stage is Stage.FREE else Seat(stage, owner)
    return lambda seat: after if seat in before else None
