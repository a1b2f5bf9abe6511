"""Over HTTP: what clients wait for, and whose processor it takes, beside a peer's figures."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

from embedded.bench.findings import Bench, Findings, Goal, Table
from embedded.bench.http.clients import ACTS, PARTY, SEATS, crowd
from embedded.bench.http.load import Load, put_on
from embedded.bench.processors import EDGE, EMULATOR, FUNCTIONS, POSTGRES
from embedded.stack import RunningStack

NAME: Final = "http"
CLIENTS: Final = (1, 8, 16)
# Of one client; more clients share so many and twice as many again.
TIMES: Final = 16

# pretix 2026.8 with two workers on such a machine, 16 clients (FACTS.md of this project).
PEER_HOLD_MS, PEER_HOLDS_A_SECOND = 34.0, 55.0
PEER_BOOKING_MS, PEER_BOOKINGS_A_SECOND = 153.0, 12.0
PEER_MAP_SECONDS: Final = 1.25
_TENTH: Final = 0.1
_TIMES_AS_MANY: Final = 3
_MAP_GOAL_SECONDS: Final = 0.05

_TEXT: Final = f"""\
Closed loops: a client asks again as soon as it is answered. Holds are for {PARTY} seats that nobody
else asks for, of an event of {SEATS:,}; a booking is a hold, an order with its card, and asking for
the order until it is confirmed. The load is made on the same cores. `Functions` are the processes
of the product's own code, `AWS` the emulator and the edge, which on AWS are somebody else's.
The peer is pretix 2026.8 on such a machine, with 16 clients: {PEER_HOLD_MS:g} ms of CPU a hold and
{PEER_HOLDS_A_SECOND:g} of them a second, {PEER_BOOKING_MS:g} ms a booking and
{PEER_BOOKINGS_A_SECOND:g} a second, {PEER_MAP_SECONDS:g} s for a map of 2,000 seats.

A tenth of the peer's CPU is out of reach while each step is an invocation of its own that signs and
sends by botocore: the bare calls of a hold alone take as much (`Warm handlers`), and a booking is
nine invocations with some twenty calls (`What a booking costs`). So is three times its rate on
cores that also carry the emulator, the edge and those who ask, which take the larger part. What
was done about it is said there; what is left would be another client than AWS' own, or fewer steps
of the saga, each of which is one that can be repaired by itself."""


def measure(bench: Bench) -> Findings:
    stack = bench.stack()
    return findings({what: loads(stack, what, CLIENTS, TIMES) for what in ACTS})


def loads(stack: RunningStack, what: str, clients: Sequence[int], times: int) -> list[Load]:
    """By so many clients each; workers that these need are started before they are measured."""
    found = []
    for number in clients:
        each = times if number == 1 else max(2, 3 * times // number)
        with ExitStack() as exits:
            put_on(stack, crowd(stack, exits, what, number, 2), 2)
            found.append(put_on(stack, crowd(stack, exits, what, number, each), each))
    return found


def findings(seen: dict[str, list[Load]]) -> Findings:
    return Findings("Over HTTP", _TEXT, _goals(seen), [_table(seen)], [])


def _goals(seen: dict[str, list[Load]]) -> list[Goal]:
    holds, bookings = seen["reserve"], seen["whole booking"]
    seat_map = seen["availability, 2,000 seats"][0].latencies.median
    return [
        _cpu("a hold", holds[-1], PEER_HOLD_MS),
        _cpu("a whole booking", bookings[-1], PEER_BOOKING_MS),
        _rate("Holds", holds, PEER_HOLDS_A_SECOND),
        _rate("Whole bookings", bookings, PEER_BOOKINGS_A_SECOND),
        Goal(
            f"A map of {SEATS:,} seats in one request, median of 1 client",
            f"under {1_000 * _MAP_GOAL_SECONDS:.0f} ms",
            f"{1_000 * seat_map:.0f} ms",
            seat_map < _MAP_GOAL_SECONDS,
        ),
    ]


def _cpu(what: str, load: Load, peer_ms: float) -> Goal:
    seen = load.cpu_ms(FUNCTIONS, POSTGRES)
    goal = peer_ms * _TENTH
    return Goal(
        f"CPU of {what}, functions and Postgres, {load.clients} clients",
        f"at most {goal:.1f} ms",
        f"{seen:.1f} ms",
        seen <= goal,
    )


def _rate(what: str, loads: Sequence[Load], peer: float) -> Goal:
    best = max(load.a_second for load in loads)
    goal = peer * _TIMES_AS_MANY
    return Goal(f"{what} a second, at best", f"at least {goal:.0f}", f"{best:.0f}", best >= goal)


def _table(seen: dict[str, list[Load]]) -> Table:
    rows = [
        [
            f"{what}, {load.clients}",
            f"{load.a_second:.1f}",
            f"{1_000 * load.latencies.median:.0f} ms",
            f"{1_000 * load.latencies.p95:.0f} ms",
            f"{load.cpu_ms(FUNCTIONS):.1f}",
            f"{load.cpu_ms(POSTGRES):.1f}",
            f"{load.cpu_ms(EMULATOR, EDGE):.1f}",
            f"{load.latencies.n}",
        ]
        for what, loads in seen.items()
        for load in loads
    ]
    columns = ["What, clients", "A second", "p50", "p95", "Functions", "Postgres", "AWS", "n"]
    return Table("Requests", columns, rows, "The three columns of parts are CPU ms of one.")
