"""What differs between the places Boxoffice runs in, as data. Nothing else asks where it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any, Final, Literal

from infra.edge import Edge
from infra.limits import FIREWALL, RESERVED_CALLS, ROUTE_LIMITS, Firewall, RouteLimit
from infra.names import Names
from infra.timeouts import API_SECONDS, LONGEST_SECONDS

# The domains that keep their facts in Postgres, each in a database of its own.
SQL_DOMAINS: Final = ("users", "catalog", "payments")

_HOUR: Final = 3_600
# The client's, by CloudFront, and CloudFront's, by API Gateway.
_BY_EDGE: Final = 2
EVERY_MINUTE: Final = "rate(1 minute)"

# The local server's password, on this machine's loopback; elsewhere IAM opens the database.
_OPENS_LOOPBACK_ONLY: Final = "boxoffice-local"


@dataclass(frozen=True)
class Windows:
    """How long a customer has: to order what is held, and to pay for what is ordered."""

    reservation_seconds: int = 900
    payment_seconds: int = 900
    # For how long a hold that came to nothing counts towards its user's limit; not at all if 0.
    holds_counted_seconds: int = 600
    # After sales have closed, until nobody is at work any more who saw them open.
    sales_closed_seconds: int = LONGEST_SECONDS + 6

    def __post_init__(self) -> None:
        if self.reservation_seconds < 1 or self.payment_seconds < 1:
            raise ValueError("A reservation's and a payment's window last at least a second.")
        if self.holds_counted_seconds < 0:
            raise ValueError("A hold counts for some time, or not at all.")
        if self.sales_closed_seconds <= API_SECONDS:
            raise ValueError("A request that saw sales open may still be placing its order.")

    @property
    def seats_rest_seconds(self) -> int:
        """For how long others come first to seats that a user's own hold has run out on."""
        return min(60, self.reservation_seconds // 15)

    @property
    def payment_margin_seconds(self) -> float:
        """Charging ends this long before the order's window does."""
        return min(15, self.payment_seconds / 6)

    @property
    def collect_payment_timeout_seconds(self) -> int:
        """When the saga stops waiting for a payment: two margins after the order's window."""
        return ceil(self.payment_seconds + 2 * self.payment_margin_seconds)

    @property
    def reconcile_after_seconds(self) -> int:
        """How long after an order's window the reconciler takes it up: a margin after its saga has
        stopped waiting for a payment, so that the saga's own end comes first.
        """
        return ceil(3 * self.payment_margin_seconds)

    @property
    def booking_timeout_seconds(self) -> int:
        """Above the worst path, since nothing can catch a whole execution's timeout."""
        return self.collect_payment_timeout_seconds + 2 * _HOUR

    @property
    def refund_timeout_seconds(self) -> int:
        """Above the worst path, likewise; a refund waits for nobody but the provider."""
        return 2 * _HOUR

    @property
    def cancellation_timeout_seconds(self) -> int:
        """Above the worst path, likewise: some pages of orders, each of them retried throughout."""
        return 24 * _HOUR


@dataclass(frozen=True)
class PlainPostgres:
    """A server that is there already, with a database and a role of its name for each domain."""

    host: str
    port: int
    password: str


@dataclass(frozen=True)
class AuroraServerless:
    """A cluster of our own, reached by IAM, in a network of its own. Capacities are in ACUs; with
    none it pauses while nobody is connected, and takes some 15 seconds to come back.
    """

    min_capacity: float
    max_capacity: float
    readers: int
    backup_days: int
    proxied: bool


@dataclass(frozen=True)
class Environment:
    """One place to run in. Account and region are those of whoever deploys."""

    name: str
    database: PlainPostgres | AuroraServerless
    windows: Windows = field(default_factory=Windows)
    # Who takes customers' cards: the simulator takes no real ones.
    card_provider: Literal["simulator", "stripe"] = "simulator"
    # Who plays Stripe's part, if it is not Stripe.
    stripe_api: str | None = None
    # Whom mail to users comes from, and the page that a forgotten password's mail leads to.
    mail_sender: str = "Boxoffice <no-reply@boxoffice.example>"
    password_reset_page: str = "https://boxoffice.example/password/reset"  # noqa: S105
    # Functions are built for this, the newest that Lambda runs.
    python_version: str = "3.14"
    architecture: str = "arm64"
    # Whether third-party packages are deployed too, or found where the functions run.
    vendored: bool = True
    # Whether templates are held against CloudFormation's own rules.
    validated: bool = True
    log_level: str = "INFO"
    log_retention_days: int = 30
    # Data outlives its stack, and a table can be put back to any second of the last 35 days.
    retains_data: bool = True
    # Who deletes a database or a table must first say so in another place.
    deletion_protection: bool = True
    point_in_time_recovery: bool = True
    # Whether kept data is encrypted with a key of our own, or with AWS's.
    own_data_key: bool = False
    # How often a secret of our own making is made anew; None for never.
    secret_rotation_days: int | None = 90
    # How long a stream's record is retried before it goes to the queue of failures.
    max_record_age_seconds: int = _HOUR
    # When databases are asked for what a crash has left to be done, which wakes a paused cluster.
    sweeps: str = EVERY_MINUTE
    # When all that is stored is audited, and when somebody is told that it was not.
    audits: str = "rate(1 hour)"
    audit_overdue_hours: int = 3
    requests_per_second: int = 2_000
    request_burst: int = 4_000
    route_limits: tuple[RouteLimit, ...] = ROUTE_LIMITS
    # What stands before the API beside that; None for nothing.
    firewall: Firewall | None = None
    # Where clients come in; None where they reach the API themselves.
    edge: Edge | None = None
    # How the API's calls come to a function's new code: a tenth of them first, all at once, or by
    # no release at all. So a release that fails is taken back.
    releases: Literal["canary", "all_at_once"] | None = None
    # Of how many calls at once a function is sure; it gets no more.
    reserved_calls: Mapping[str, int] = field(default_factory=dict)
    # How often a turn of a sweep is tried again that failed: where the next one is long to come.
    sweep_retries: int = 0
    # What may be spent a month, before somebody is told.
    budget_usd: int | None = None
    # How many addresses at the end of X-Forwarded-For we vouch for: none while clients reach API
    # Gateway themselves; a proxy of ours in front of it adds its own, and the gateway that proxy's.
    vouched_addresses: int = 0

    def __post_init__(self) -> None:
        if (self.vouched_addresses == _BY_EDGE) is (self.edge is None):
            raise ValueError("An edge adds an address that we vouch for, and API Gateway adds its.")
        if self.firewall is not None and self.edge is None:
            raise ValueError("The firewall counts whom the edge saw.")

    @property
    def names(self) -> Names:
        return Names(self.name)


def _local(context: Mapping[str, Any]) -> Environment:
    counted = context.get("holdsCountedSeconds")
    return Environment(
        name="local",
        database=PlainPostgres(
            host=context.get("databaseHost") or "127.0.0.1",
            port=int(context.get("databasePort") or 5432),
            password=_OPENS_LOOPBACK_ONLY,
        ),
        card_provider="stripe" if context.get("stripeApi") else "simulator",
        stripe_api=context.get("stripeApi") or None,
        windows=Windows(
            reservation_seconds=int(context.get("reservationSeconds") or 900),
            payment_seconds=int(context.get("paymentSeconds") or 900),
            holds_counted_seconds=600 if counted in (None, "") else int(counted),
            # Requests, which order and secure seats, end sooner than streams and sweeps.
            sales_closed_seconds=API_SECONDS + 6,
        ),
        # The newest that LocalStack knows; emulators run functions on their own interpreter anyway.
        python_version="3.13",
        vendored=False,
        validated=False,
        log_retention_days=1,
        retains_data=False,
        deletion_protection=False,
        point_in_time_recovery=False,
        secret_rotation_days=None,
        # The emulator blocks the whole stream while it retries, so it may not retry for long.
        max_record_age_seconds=60,
        audits="rate(5 minutes)",
        requests_per_second=10_000,
        request_burst=10_000,
        route_limits=(),
        # The edge adds the client's; the emulator's gateway adds nothing.
        vouched_addresses=1,
    )


_STAGING: Final = Environment(
    name="staging",
    database=AuroraServerless(
        min_capacity=0, max_capacity=4, readers=0, backup_days=1, proxied=False
    ),
    log_level="DEBUG",
    log_retention_days=14,
    retains_data=False,
    # All at once, so that the cluster wakes once a day: the first call wakes it and gives up before
    # it answers; Lambda calls again a minute later, and finds it awake.
    sweeps="cron(0 4 * * ? *)",
    sweep_retries=2,
    # Once they have woken it.
    audits="cron(4 4 * * ? *)",
    audit_overdue_hours=26,
    requests_per_second=500,
    request_burst=1_000,
    releases="all_at_once",
    budget_usd=20,
    edge=Edge(),
    vouched_addresses=_BY_EDGE,
)

_PRODUCTION: Final = Environment(
    name="production",
    card_provider="stripe",
    own_data_key=True,
    firewall=FIREWALL,
    database=AuroraServerless(
        min_capacity=1, max_capacity=32, readers=1, backup_days=35, proxied=True
    ),
    log_retention_days=180,
    releases="canary",
    reserved_calls=RESERVED_CALLS,
    budget_usd=1_000,
    edge=Edge(),
    vouched_addresses=_BY_EDGE,
)


def environment_of(context: Mapping[str, Any]) -> Environment:
    """The environment a context asks for.

    `environment` is local (the default), staging or production. Local also takes `databaseHost`,
    `databasePort`, `reservationSeconds`, `paymentSeconds`, `holdsCountedSeconds` and `stripeApi`,
    the address of whoever is to play Stripe's part instead of the simulator; the others `vendored`
    "false", which leaves third-party packages out: good for reading templates, useless to deploy.
    Raises ValueError.
    """
    name = context.get("environment") or "local"
    if name == "local":
        return _local(context)
    known = {environment.name: environment for environment in (_STAGING, _PRODUCTION)}
    if name not in known:
        raise ValueError(f"Unknown environment {name!r}: local, staging or production.")
    vendored = str(context.get("vendored", True)).lower() != "false"
    return replace(known[name], vendored=vendored)
