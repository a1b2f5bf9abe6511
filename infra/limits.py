"""How much may be asked of an environment, as data. What must be exact is decided in the stores;
what stands here keeps a flood from getting that far.
"""

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True)
class RouteLimit:
    """How often a call may be made by all clients together: a second, and at once."""

    method: str
    path: str
    per_second: int
    burst: int


# What costs more than an answer: a password's hash, a transaction over seats, a saga, a charge.
ROUTE_LIMITS: Final = (
    RouteLimit("POST", "/v1/users/login", 50, 100),
    RouteLimit("POST", "/v1/users/register", 20, 40),
    RouteLimit("POST", "/v1/users/password/{proxy+}", 20, 40),
    RouteLimit("POST", "/v1/seats/reserve", 400, 800),
    RouteLimit("POST", "/v1/orders", 300, 600),
    RouteLimit("POST", "/v1/charge", 300, 600),
)


# Calls at once that payments is sure of, whatever a crowd asks of the others, and that it gets no
# more than: each may take a connection to Postgres, and a provider limits what an account does a
# second. Of the thousand that an account has at first the others keep two thirds.
RESERVED_CALLS: Final = {
    "payments-api": 100,
    "payments-tasks": 100,
    "payments-provider": 100,
    "payments-webhooks": 20,
    "payments-notices": 20,
}


@dataclass(frozen=True)
class RateRule:
    """A client that makes more than `limit` calls in five minutes is refused until it makes fewer.

    A client is an `address`, or whoever sends the same `bearer` token. Calls of `paths` count,
    unless they are `exempt`: regular expressions on the path without the stage, as far as WAF knows
    them (no looking around, no group that captures).
    """

    name: str
    client: Literal["address", "bearer"]
    limit: int
    paths: str
    exempt: str | None = None


@dataclass(frozen=True)
class Firewall:
    """What stands in front of the stage, by AWS WAF. Groups are AWS's own, and their capacity, with
    that of our rules, stays below 1,500 units.
    """

    rates: tuple[RateRule, ...]
    groups: tuple[str, ...]
    # Rules of a group that only count, for what they refuse has an answer of ours already.
    counted: tuple[str, ...]
    body_bytes: int
    # Where a larger body may go: a hall has many seats.
    large_bodies: str


FIREWALL: Final = Firewall(
    rates=(
        # A university or an office may stand behind one address. What providers tell us is signed,
        # and comes as fast as we sell.
        RateRule("EachAddress", "address", 6_000, "^/", exempt="^/v1/payments/webhook/"),
        RateRule("EachBearer", "bearer", 1_500, "^/v1/"),
        RateRule(
            "Guessing", "address", 100, "^/v1/users/(?:login|register|password/.+|me/password)/?$"
        ),
        RateRule("Buying", "bearer", 150, "^/v1/(?:seats/reserve|orders|charge)/?$"),
    ),
    # Not AWS's list of bad addresses: it looks at who called the stage, which is always the edge.
    groups=(
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesCommonRuleSet",
    ),
    # Ours is the exact one. (There is no group for SQL either: every value is bound, and customers
    # may be called O'Neill.)
    counted=("SizeRestrictions_BODY",),
    body_bytes=64 * 1024,
    large_bodies="^/v1/events/[0-9]+/seats/?$",
)
