"""The worlds that are searched: each small, and each with something that no other one has."""

from dataclasses import replace
from typing import Final

from functions.seating.tests.model.world import Party, Setting

_FIRST, _SECOND = Party(0, (0,)), Party(1, (0,))

ALONE: Final = Setting("one order, everything may happen", 1, (_FIRST,), (0,), attempts=2)
PLAIN: Final = Setting(
    "one order, no late commands", 1, (_FIRST,), (0,), late_commands=False, second_runs=False
)
TWO_SEATS: Final = Setting("one order of two seats", 2, (Party(0, (0, 1)),), (0,))
DAMAGED: Final = Setting(
    "a claim vanishes while it is paid for", 2, (Party(0, (0, 1)),), (0,), damage=True
)
FICKLE: Final = Setting(
    "the provider captures what it had declined or cancelled",
    1,
    (_FIRST,),
    (0,),
    fickle_provider=True,
)
FORGOTTEN: Final = Setting(
    "records run out, and the house blocks seats",
    1,
    (_FIRST,),
    (0,),
    tombstones=True,
    house_seats=True,
)
RIVALS: Final = Setting(
    "two buyers of one seat, no late commands",
    1,
    (_FIRST, _SECOND),
    (0, 1),
    late_commands=False,
    second_runs=False,
    refunds=False,
    reads_apart=False,
)
SECOND_THOUGHTS: Final = Setting(
    "one buyer reserves twice, and may have one ticket",
    2,
    (_FIRST, Party(0, (1,))),
    (0, 1),
    limit=1,
    faults=False,
    late_commands=False,
    second_runs=False,
    reads_apart=False,
)
OVERLAPPING: Final = Setting(
    "two buyers of two seats, one of which both want",
    2,
    (Party(0, (0, 1)), Party(1, (1,))),
    (0, 1),
    faults=False,
    late_commands=False,
    second_runs=False,
    reads_apart=False,
)
RESOLD: Final = replace(
    RIVALS,
    name="a refunded seat is sold again",
    refunds=True,
    late_commands=True,
    faults=False,
    releases=False,
    second_runs=False,
)

# What CI searches whole.
SHORT: Final = (ALONE, TWO_SEATS, DAMAGED, FICKLE, FORGOTTEN, RIVALS, SECOND_THOUGHTS, OVERLAPPING)

_RIVALS_LATE: Final = replace(
    RIVALS, name="two buyers of one seat, with late commands", late_commands=True
)
# What `make model` searches besides.
LONG: Final = (
    replace(ALONE, name="one order, three charges", attempts=3),
    replace(TWO_SEATS, name="one order of two seats, records run out", tombstones=True),
    replace(DAMAGED, name="a claim vanishes, two charges", attempts=2),
    replace(FICKLE, name="a fickle provider, two charges", attempts=2),
    replace(RIVALS, name="two buyers of one seat, refunds", refunds=True),
    replace(
        RIVALS, name="two buyers of one seat, the reconciler reads piecemeal", reads_apart=True
    ),
    RESOLD,
    _RIVALS_LATE,
    replace(
        _RIVALS_LATE,
        name="two buyers of one seat, everything may happen",
        second_runs=True,
        refunds=True,
    ),
    replace(SECOND_THOUGHTS, name="one buyer reserves twice, with faults", faults=True),
    replace(OVERLAPPING, name="two buyers of two seats, with faults", faults=True),
    replace(
        ALONE,
        name="two orders for one reservation, which orders' uniqueness row shuts out",
        orders=(0, 0),
        attempts=1,
        second_runs=False,
        reads_apart=False,
    ),
)
