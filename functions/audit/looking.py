"""Tells a violation from a moment in flight: what is wrong must be wrong again, and the same.

What the stores say at slightly different moments can look wrong (see `reading.py`). So a suspect is
looked at again, by itself, after a pause that is longer than any step of a booking or a refund
takes; it counts when it is found again exactly as it was. One that has changed is looked at again;
if it is still wrong at the last look, it counts too.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from functions.audit.facts import Facts
from functions.audit.violation import Ids, Violation

PAUSE_SECONDS: Final = 2.0
LOOKS: Final = 5


class Source(Protocol):
    """`reading.Stores`, or a stand-in."""

    def read(self) -> Facts: ...
    def read_around(self, suspects: Iterable[Ids]) -> Facts: ...


@dataclass(frozen=True)
class Audited:
    """`counts` is how much was read, by kind; `suspects` how many had to be looked at again."""

    violations: list[Violation]
    suspects: int
    counts: dict[str, int]


def audit(
    source: Source,
    judge: Callable[[Facts], list[Violation]],
    pause: Callable[[], None],
    event_id: int | None = None,
) -> Audited:
    """Read, judge, and look again at what seems wrong. `event_id`: only what names that event."""
    facts = source.read()
    suspects = [
        found for found in judge(facts) if event_id is None or found.ids.event in (None, event_id)
    ]
    confirmed: list[Violation] = []
    waiting = suspects
    for _ in range(LOOKS - 1):
        if not waiting:
            break
        pause()
        again = set(judge(source.read_around([found.ids for found in waiting])))
        confirmed += [found for found in waiting if found in again]
        kinds = {(found.invariant, found.ids) for found in waiting if found not in again}
        waiting = [found for found in again if (found.invariant, found.ids) in kinds]
    return Audited(sorted([*confirmed, *waiting], key=_order), len(suspects), facts.counts)


def _order(violation: Violation) -> tuple[int, str]:
    return int(violation.invariant.removeprefix("I")), str(violation)
