"""Every named part of seating's rules, taken out by itself: what breaks, or why nothing does."""

from dataclasses import dataclass
from typing import Final

from functions.seating.tests.model.search import Found, Search
from functions.seating.tests.model.settings import (
    ALONE,
    FORGOTTEN,
    PLAIN,
    RESOLD,
    RIVALS,
    SECOND_THOUGHTS,
)
from functions.seating.tests.model.world import Setting, World

# Where a part that nothing needs is looked for in vain.
_EVERYWHERE: Final = (ALONE, RIVALS, SECOND_THOUGHTS)


@dataclass(frozen=True)
class Removal:
    """A part and where its absence `breaks` something, or the reason why it is only a guard."""

    operation: str
    kind: str
    part: str
    breaks: str = ""
    setting: Setting = PLAIN
    reason: str = ""

    @property
    def name(self) -> str:
        return f"without: {self.operation} {self.kind} {self.part}"

    def search(self, *, whole: bool = False) -> Found:
        """To the first violation; `whole` looks for one of a guard in every setting."""
        settings = _EVERYWHERE if whole and not self.breaks else (self.setting,)
        total = Found(0, 0, 0.0, is_complete=True)
        for setting in settings:
            world = World(setting).without(self.operation, self.kind, self.part)
            found = Search(world, stops=True, watching=self.breaks).run()
            total.states += found.states
            total.edges += found.edges
            total.seconds += found.seconds
            total.is_complete &= found.is_complete
            total.violations += found.violations
        return total


def _needed(operation: str, kind: str, part: str, breaks: str, setting: Setting) -> Removal:
    return Removal(operation, kind, part, breaks, setting)


def _guard(operation: str, kind: str, part: str, reason: str) -> Removal:
    return Removal(operation, kind, part, reason=reason)


REMOVALS: Final = (
    _needed("RESERVE", "claim", "free", "I7", RIVALS),
    _guard("RESERVE", "claim", "not their own just now", "it slows a user, and keeps nothing true"),
    _needed("RESERVE", "record", "new", "I", ALONE),
    _needed("RESERVE", "slot", "no active reservation", "I10", SECOND_THOUGHTS),
    _needed("RESERVE", "slot", "ticket limit", "I10: a user", SECOND_THOUGHTS),
    _guard("RESERVE", "slot", "not too often", "it slows a user, and keeps nothing true"),
    _guard("SECURE", "claim", "held", "an ACTIVE record's own claims are HELD or gone"),
    _needed("SECURE", "claim", "ours", "I8", RIVALS),
    _guard("SECURE", "claim", "in time", "a seat that was taken over is not ours: ids fence it"),
    _guard("SECURE", "record", "active", "no claim of another record's state is ours and HELD"),
    _needed("SECURE", "slot", "our slot", "I10", SECOND_THOUGHTS),
    _guard("ALLOCATE", "claim", "paying", "claims of a PAYING record are PAYING"),
    _guard("ALLOCATE", "claim", "ours", "claims of a PAYING record are its own"),
    _guard("ALLOCATE", "claim", "our order", "the record names the same order"),
    _guard("ALLOCATE", "record", "paying", "claims that are PAYING are of a PAYING record"),
    _guard("ALLOCATE", "record", "our order", "the claims name the same order"),
    _guard("ALLOCATE", "slot", "our slot", "a PAYING record keeps its slot"),
    _needed("RELEASE", "claim", "ours", "I7", RIVALS),
    _guard(
        "RELEASE",
        "claim",
        "held or our order's",
        "the record refuses all at once, and one by one begins only where SECURE cannot succeed",
    ),
    _needed("RELEASE", "record", "active or our order's", "I9", PLAIN),
    _needed("RELEASE", "slot", "our slot", "I10", SECOND_THOUGHTS),
    _guard("RELEASE-SOLD", "claim", "allocated", "a refund begins after the sale"),
    _needed("RELEASE-SOLD", "claim", "our order", "I", RESOLD),
    _needed("EXPIRE", "record", "active", "table", PLAIN),
    _guard("EXPIRE", "record", "over", "a claim leaves a reservation in time by its release only"),
    _needed("BLOCK", "claim", "free", "I7", FORGOTTEN),
    _guard("BLOCK", "state", "same map", "seat maps are not modelled"),
    _needed("UNBLOCK", "claim", "blocked", "I7", FORGOTTEN),
)
