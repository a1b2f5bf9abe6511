"""What clients did to some seats, as they saw it, and the two ways in which it is checked.

Seat by seat: a history is linearizable if it is for each seat alone (P-compositionality). And all
seats at once, where what was done to several seats was done in one moment: every seat or none.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock

from linearizability.checker import Operation, Verdict, linearize
from linearizability.seats import FREE, Rule, Seat, Seats, together

# API.md: availability is at most a second old. A clock's tick is allowed for.
STALE_SECONDS = 1.01


@dataclass(frozen=True)
class Done:
    """One client's operation on some seats. `is_read`: the rule changes nothing.

    The seats of a read need not have been looked at in one moment; those of a write were changed
    in one, unless it is `piecemeal`.
    """

    name: str
    seat_ids: tuple[int, ...]
    rule: Rule
    asked_at: float
    answered_at: float
    is_read: bool = False
    piecemeal: bool = False


@dataclass
class History:
    """Many threads write it."""

    seat_ids: Sequence[int]
    done: list[Done] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def wrote(
        self,
        name: str,
        seat_ids: Sequence[int],
        rule: Rule,
        asked_at: float,
        answered_at: float = math.inf,
        *,
        piecemeal: bool = False,
    ) -> None:
        """Without `answered_at`: the answer was lost."""
        self._add(
            Done(name, tuple(seat_ids), rule, asked_at, answered_at, piecemeal=piecemeal),
        )

    def read(
        self, name: str, seat_ids: Sequence[int], rule: Rule, asked_at: float, answered_at: float
    ) -> None:
        self._add(Done(name, tuple(seat_ids), rule, asked_at, answered_at, is_read=True))

    def read_cached(
        self, name: str, seat_ids: Sequence[int], rule: Rule, asked_at: float, answered_at: float
    ) -> None:
        """A read of what may have been looked up a second before it was asked for."""
        self.read(name, seat_ids, rule, asked_at - STALE_SECONDS, answered_at)

    def _add(self, done: Done) -> None:
        with self._lock:
            self.done.append(done)

    def by_seat(self) -> dict[int, Verdict[Seat]]:
        """Each seat's history by itself."""
        return {
            seat_id: linearize(
                [
                    Operation(
                        f"{done.name} {seat_id}",
                        done.asked_at,
                        done.answered_at,
                        done.rule,
                        is_read=done.is_read,
                    )
                    for done in self.done
                    if seat_id in done.seat_ids
                ],
                FREE,
            )
            for seat_id in self.seat_ids
        }

    def as_one(self, most_places: float = math.inf) -> Verdict[Seats]:
        """All seats' history at once, where every reservation has all of its seats or none.

        Raises Undecided after so many points of the search.
        """
        return linearize(list(self._joint()), (FREE,) * len(self.seat_ids), most_places)

    def _joint(self) -> Iterator[Operation[Seats]]:
        place_of = {seat_id: place for place, seat_id in enumerate(self.seat_ids)}
        for done in self.done:
            places = [place_of[seat_id] for seat_id in done.seat_ids]
            is_split = done.is_read or done.piecemeal
            for chosen in [[place] for place in places] if is_split else [places]:
                yield Operation(
                    f"{done.name} {[self.seat_ids[place] for place in chosen]}",
                    done.asked_at,
                    done.answered_at,
                    together(chosen, done.rule),
                    is_read=done.is_read,
                )
