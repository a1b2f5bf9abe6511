"""The same rush on AWS, on paper: what each part takes, and which comes to its end first.

Limits are those of a new account in one region, as AWS documents them; each can be raised but for
those of a partition.
"""

from typing import Final, NamedTuple

from embedded.bench.findings import Table


class Ceiling(NamedTuple):
    """`holds` is how many reservations of four seats a second this part takes."""

    part: str
    limit: str
    holds: float
    lift: str


# A partition takes 1,000 write units a second; four claims are eight of them, in one partition.
PARTITION_WRITES: Final = 1_000
CLAIM_WRITES: Final = 8
# Seconds of a function that one reservation takes, and those of the saga that follows.
HOLD_SECONDS: Final = 0.03
BOOKING_SECONDS: Final = 0.35
CONCURRENCY: Final = 1_000
# Transitions a second beyond the first 5,000 of an account (us-east-1), five states a booking.
TRANSITIONS: Final = 5_000
STATES: Final = 5
STARTS: Final = 300
GATEWAY: Final = 2_000
# Aurora at 32 ACU takes 5,000 connections by the proxy, which holds one while a transaction runs.
CONNECTIONS: Final = 5_000
TRANSACTION_SECONDS: Final = 0.1

CEILINGS: Final = (
    Ceiling(
        "DynamoDB, claims of one section",
        f"{PARTITION_WRITES:,} write units a second, a partition",
        PARTITION_WRITES / CLAIM_WRITES,
        "more, smaller sections: each is a partition of its own",
    ),
    Ceiling(
        "Step Functions, executions started",
        f"{STARTS} a second, bucket of 1,300",
        STARTS,
        "a higher quota; orders wait, as they are PENDING before",
    ),
    Ceiling(
        "Step Functions, transitions",
        f"{TRANSITIONS:,} a second",
        TRANSITIONS / STATES,
        "a higher quota",
    ),
    Ceiling(
        "API Gateway, our stage's throttle",
        f"{GATEWAY:,} a second",
        GATEWAY / 3,
        "`requests_per_second` in infra/environments.py, then the account's 10,000",
    ),
    Ceiling(
        "Lambda, concurrent executions",
        f"{CONCURRENCY:,}",
        CONCURRENCY / (HOLD_SECONDS + BOOKING_SECONDS),
        "a higher quota; a new function gains 1,000 in 10 s",
    ),
    Ceiling(
        "Postgres, connections of payments",
        f"{CONNECTIONS:,}",
        CONNECTIONS / TRANSACTION_SECONDS,
        "more ACUs; RDS Proxy shares connections between transactions",
    ),
)


def first() -> Ceiling:
    """The part that comes to its end first."""
    return min(CEILINGS, key=lambda ceiling: ceiling.holds)


def table() -> Table:
    rows = [
        [ceiling.part, ceiling.limit, f"{ceiling.holds:,.0f}", ceiling.lift]
        for ceiling in sorted(CEILINGS, key=lambda ceiling: ceiling.holds)
    ]
    note = (
        f"Reckoned, not measured: {CLAIM_WRITES} write units for four claims, {HOLD_SECONDS:g} s of"
        f" functions for a hold and {BOOKING_SECONDS:g} s for the booking after it, three requests"
        f" for each. First to end: {first().part}."
    )
    return Table(
        "The same on AWS, on paper", ["Part", "Limit", "Holds a second", "Lifted by"], rows, note
    )
