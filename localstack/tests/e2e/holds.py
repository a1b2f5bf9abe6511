"""Who had which seat, as far as its buyers can tell: intervals, and what they rule out.

A buyer knows of a hold when it was asked for and when it was granted, when it was given back and
when that was done. So it surely lasted from `held_at` to `giving_back_at`, and can have lasted at
most from `asked_at` to `given_back_at`. A sold seat is never given back.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Lock


@dataclass
class Hold:
    seat_ids: tuple[int, ...]
    buyer: int
    asked_at: float
    held_at: float
    giving_back_at: float = math.inf
    given_back_at: float = math.inf

    @property
    def is_sold(self) -> bool:
        return self.giving_back_at == math.inf

    def given_back(self, asked_at: float, done_at: float) -> None:
        self.giving_back_at, self.given_back_at = asked_at, done_at

    def __str__(self) -> str:
        return f"{self.buyer} [{self.held_at:.4f} - {self.giving_back_at:.4f}]"


@dataclass(frozen=True)
class Refusal:
    """A 409, and which of the seats wished for it named as taken."""

    wished: tuple[int, ...]
    named: tuple[int, ...]
    buyer: int
    asked_at: float
    answered_at: float

    def __str__(self) -> str:
        asked = f"[{self.asked_at:.4f} - {self.answered_at:.4f}]"
        return f"{self.buyer} {asked} wished {self.wished} and was refused {self.named}"


@dataclass
class Ledger:
    """Many threads write it."""

    holds: list[Hold] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def granted(self, hold: Hold) -> Hold:
        with self._lock:
            self.holds.append(hold)
        return hold

    def refused(self, refusal: Refusal) -> None:
        with self._lock:
            self.refusals.append(refusal)

    def faults(self) -> list[str]:
        """All that cannot be, a line each."""
        of_seat: defaultdict[int, list[Hold]] = defaultdict(list)
        for hold in self.holds:
            for seat_id in hold.seat_ids:
                of_seat[seat_id].append(hold)
        faults = [
            fault for seat_id, holds in of_seat.items() for fault in _overlaps(seat_id, holds)
        ]
        for refusal in self.refusals:
            faults += _unfounded(refusal, of_seat)
        return faults


def _overlaps(seat_id: int, holds: Sequence[Hold]) -> Iterator[str]:
    """Two who surely had the seat at the same time."""
    for first, second in pairwise(sorted(holds, key=lambda hold: hold.held_at)):
        if second.held_at < first.giving_back_at:
            yield f"seat {seat_id} was {first}'s and {second}'s"


def _unfounded(refusal: Refusal, of_seat: dict[int, list[Hold]]) -> Iterator[str]:
    """Seats named that nobody else can have had then, and seats not named that somebody had."""
    if not refusal.named or not set(refusal.named) <= set(refusal.wished):
        yield f"{refusal}: not seats that were wished for"
    for seat_id in refusal.wished:
        others = [hold for hold in of_seat.get(seat_id, ()) if hold.buyer != refusal.buyer]
        may_be_taken = any(
            hold.asked_at <= refusal.answered_at and hold.given_back_at >= refusal.asked_at
            for hold in others
        )
        was_taken = any(
            hold.held_at <= refusal.asked_at and hold.giving_back_at >= refusal.answered_at
            for hold in others
        )
        if seat_id in refusal.named and not may_be_taken:
            yield f"{refusal}: nobody had seat {seat_id}"
        if seat_id not in refusal.named and was_taken:
            yield f"{refusal}: seat {seat_id} was somebody's all the time"
