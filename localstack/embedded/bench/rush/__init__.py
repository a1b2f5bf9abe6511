"""An on-sale rush: arrivals at a rate, five buyers for each seat, in parties of five."""

import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import Final, NamedTuple

from embedded.bench.caller import Caller, connect
from embedded.bench.cost.shop import put_on_sale
from embedded.bench.findings import Bench, Findings, Goal, Table
from embedded.bench.http.clients import crowd
from embedded.bench.http.load import put_on
from embedded.bench.rush import paper
from embedded.bench.rush.arrivals import AT_ONCE, PARTY, Outcome, rush
from embedded.bench.rush.tokens import tokens
from embedded.errors import StackError
from embedded.stack import RunningStack
from functions.audit.running import Asked, run
from functions.audit.settings import Settings

NAME: Final = "rush"
SEED: Final = 7
# Of what it can take; buyers and seats.
RUSHES: Final = ((0.5, 1_000, 200), (1.0, 2_000, 400), (2.0, 10_000, 2_000))
_REST_SECONDS: Final = 300

_TEXT: Final = f"""\
Buyers arrive at random moments, so many a second on average, whether or not those before them were
served. Each asks for the best {PARTY} seats together, asks again while others are faster, and pays
by card at once if it gets them. What is left in the end may be single seats between parties, but
never {PARTY} neighbours: nobody was refused while there were some.
Who is refused after the last seats are gone is mostly told what the function saw for somebody else
a moment ago, without a look at the claims (`functions/seating/refusals.py`).
At most {AT_ONCE} are served at a time; a latency counts from the arrival, waiting in line included.
What the stack can take is how many holds {AT_ONCE} clients got in a closed loop just before. The
arrivals are made on the same cores."""


class Rushed(NamedTuple):
    """A rush, and what was found when all was over."""

    share: float
    seats: int
    outcome: Outcome
    statuses: dict[str, int]
    together: int
    violations: int
    rest_seconds: float


def measure(bench: Bench) -> Findings:
    stack = bench.stack()
    capacity = holds_a_second(stack)
    return findings(
        capacity,
        [rush_at(stack, capacity * share, buyers, seats, share) for share, buyers, seats in RUSHES],
    )


def holds_a_second(stack: RunningStack, times: int = 8) -> float:
    with ExitStack() as exits:
        put_on(stack, crowd(stack, exits, "reserve", AT_ONCE, 2), 2)
        return put_on(stack, crowd(stack, exits, "reserve", AT_ONCE, times), times).a_second


def rush_at(
    stack: RunningStack, rate: float, buyers: int, seats: int, share: float = 1.0
) -> Rushed:
    """One rush, waited for until every order is decided, and then audited."""
    with connect(stack.url) as http:
        organizer = Caller.administrator(http)
        event_id = put_on_sale(organizer, seats)
    outcome = rush(stack.url, event_id, tokens(stack, buyers), rate, SEED)
    over_at = time.monotonic()
    with connect(stack.url) as http:
        # A token is good for a quarter of an hour, a rush may have taken longer.
        organizer = Caller.administrator(http)
        _await_rest(organizer, event_id)
        rest_seconds = time.monotonic() - over_at
        seen = organizer.get("/v1/seats/availability", eventId=event_id)
    statuses = {
        name: seen[f"{name}Seats"] for name in ("available", "reserved", "allocated", "blocked")
    }
    audited = run(Settings.read({}, stack.state), Asked(event_id=event_id))
    free = [(seat["row"], seat["seatId"]) for seat in seen["availableSeatsList"]]
    violations = len(audited.violations)
    return Rushed(share, seats, outcome, statuses, most_together(free), violations, rest_seconds)


def most_together(free: Iterable[tuple[str, int]]) -> int:
    """How many of these seats, each with its row, are neighbours at most."""
    most = together = 0
    before: tuple[str, int] | None = None
    for row, seat_id in sorted(free, key=lambda seat: seat[1]):
        together = together + 1 if before == (row, seat_id - 1) else 1
        before = row, seat_id
        most = max(most, together)
    return most


def _await_rest(organizer: Caller, event_id: int) -> None:
    """Return when no order of the event waits for anything. Raises StackError."""
    deadline = time.monotonic() + _REST_SECONDS
    while organizer.get("/v1/orders", eventId=event_id, status="PENDING", limit=1)["items"]:
        if time.monotonic() > deadline:
            raise StackError(f"{_REST_SECONDS} s after the rush orders are still PENDING.")
        time.sleep(1)


def findings(capacity: float, rushed: Sequence[Rushed]) -> Findings:
    return Findings(
        "An on-sale rush",
        _TEXT,
        [goal for one in rushed for goal in _goals(one)],
        [_table(capacity, rushed), _answers(rushed), paper.table()],
        [],
    )


def _goals(one: Rushed) -> list[Goal]:
    held = one.outcome.seats_held
    twice = len(held) - len(set(held))
    sold, reserved = one.statuses["allocated"], one.statuses["reserved"]
    times = f"{one.share:g} times what it takes"
    return [
        Goal(
            f"{times}: seats held, sold, held twice",
            f"{len(held):,}, as many, none",
            f"{len(held):,}, {sold:,}, {twice or 'none'}",
            sold == len(held) and twice == 0,
        ),
        Goal(
            f"{times}: free neighbours left, of {one.seats:,} seats",
            f"fewer than {PARTY}",
            str(one.together),
            one.together < PARTY and sold + one.statuses["available"] == one.seats,
        ),
        Goal(
            f"{times}: held and not sold, violations of the audit",
            "0, 0",
            f"{reserved}, {one.violations}",
            reserved == one.violations == 0,
        ),
    ]


def _table(capacity: float, rushed: Sequence[Rushed]) -> Table:
    rows = [
        [
            f"{one.share:g}",
            f"{one.outcome.rate:.0f}",
            f"{one.outcome.buyers:,}",
            f"{one.seats:,}",
            f"{one.outcome.last_hold_seconds:.1f} s",
            f"{one.outcome.seconds:.1f} s",
            f"{one.rest_seconds:.1f} s",
            _ms(one.outcome.won.median),
            _ms(one.outcome.won.p95),
            _ms(one.outcome.refused.median),
            _ms(one.outcome.refused.p95),
        ]
        for one in rushed
    ]
    columns = ["Times", "A second", "Buyers", "Seats", "Sold out", "All answered", "At rest after"]
    latencies = ["Won", "p95", "Refused", "p95"]
    note = (
        f"{capacity:.0f} holds a second is what it could take. `Sold out` is when the last seats"
        " were held; `Won` and `Refused` are medians."
    )
    return Table("Rushes", [*columns, *latencies], rows, note)


def _answers(rushed: Sequence[Rushed]) -> Table:
    names = sorted({name for one in rushed for name in one.outcome.answers})
    rows = [[name, *(f"{one.outcome.answers[name]:,}" for one in rushed)] for name in names]
    return Table("Answers", ["Answer", *(f"{one.share:g} times" for one in rushed)], rows)


def _ms(seconds: float) -> str:
    return f"{1_000 * seconds:.0f} ms"
