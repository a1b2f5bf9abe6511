"""What a booking costs on AWS, by counting: units, transitions, invocations, log bytes, dollars."""

from collections.abc import Mapping, Sequence
from typing import Final

from embedded.bench.caller import connect
from embedded.bench.cost import budget, tables
from embedded.bench.cost.budget import ABANDONED, ABANDONED_USD, BOOKING, BOOKING_USD, PARTIES
from embedded.bench.cost.buyer import WAYS
from embedded.bench.cost.footprint import Footprint
from embedded.bench.cost.invocations import counting
from embedded.bench.cost.price import Prices
from embedded.bench.cost.shop import Shop
from embedded.bench.findings import Bench, Findings
from embedded.stack import RunningStack

NAME: Final = "cost"
# The longest way: what it stays within, the others do too.
LONGEST: Final = "hold; order; charge"

_TEXT: Final = """\
Each booking is for 2.5 seats, the mean of one for 2 and one for 3, each alone on the stack and
confirmed before the next begins. A worker counts what its invocation asks of AWS and Postgres
(`localstack/embedded/meter.py`); what belongs to a booking is known by the ids in it. Write units
are those that DynamoDB says; read units are counted from sizes, transitions from the execution's
history with its start and its end, log bytes with what Lambda (START, END, REPORT) and Step
Functions (level ALL) write themselves. Nothing is taken off as free."""


def measure(bench: Bench) -> Findings:
    prices = Prices.read()
    return findings(*count(bench.stack(), tuple(WAYS)), prices)


def count(
    stack: RunningStack, ways: Sequence[str], parties: tuple[int, ...] = PARTIES
) -> tuple[dict[str, list[Footprint]], list[Footprint]]:
    """Bookings by their way, and abandoned holds; functions have been used once before."""
    with counting(stack.meter) as counted, connect(stack.url) as http:
        shop = Shop(stack, counted, http)
        for way in ways:
            shop.bookings(way, (1,))
        booked = {way: shop.bookings(way, parties) for way in ways}
        return booked, shop.abandoned(parties)


def findings(
    booked: Mapping[str, Sequence[Footprint]], abandoned: Sequence[Footprint], prices: Prices
) -> Findings:
    longest = booked[LONGEST]
    return Findings(
        "What a booking costs",
        _TEXT,
        [
            *budget.goals("Booking", (*BOOKING, BOOKING_USD), longest, prices),
            *budget.goals("Abandoned hold", (*ABANDONED, ABANDONED_USD), abandoned, prices),
        ],
        [
            tables.counts({**booked, "hold, abandoned": abandoned}),
            tables.dollars({**booked, "hold, abandoned": abandoned}, prices),
            tables.by_function(longest),
        ],
        [],
    )
