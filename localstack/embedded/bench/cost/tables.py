"""Tables of footprints, each column the mean of some."""

from collections.abc import Callable, Mapping, Sequence
from statistics import mean
from typing import Final

from embedded.bench.cost.budget import FLOOR_USD, PARTIES
from embedded.bench.cost.footprint import Footprint
from embedded.bench.cost.invocations import Invocation
from embedded.bench.cost.price import TRACED, WAIT_SECONDS, Prices, parts
from embedded.bench.findings import Table
from embedded.bench.sign_in import LAMBDA_SHARE

Footprints = Mapping[str, Sequence[Footprint]]

_COUNTS: Final[Mapping[str, Callable[[Footprint], float]]] = {
    "HTTP requests": lambda seen: seen.requests,
    "State transitions": lambda seen: seen.transitions,
    "DynamoDB write units": lambda seen: seen.write_units,
    "DynamoDB read units": lambda seen: seen.read_units,
    "Invocations somebody waits for": lambda seen: len(seen.on_its_way),
    "Invocations of streams, when alone": lambda seen: len(seen.told),
    "Calls of AWS": lambda seen: seen.calls,
    "SQL statements, BEGIN and COMMIT too": lambda seen: seen.statements,
    "Events told": lambda seen: seen.events,
    "Log bytes": lambda seen: seen.log_bytes,
    "CPU ms of functions, here": lambda seen: 1_000 * seen.cpu_seconds,
}
_NAMES: Final = {
    "rest_request": "API Gateway",
    "transfer": "Data out",
    "state_transition": "Step Functions",
    "write_unit": "DynamoDB writes",
    "read_unit": "DynamoDB reads",
    "event_sent": "EventBridge",
    "function_call": "Lambda invocations",
    "function_second": "Lambda seconds",
    "log": "Logs",
    "trace": "X-Ray",
}


def counts(footprints: Footprints) -> Table:
    rows = [
        [what, *(_number(mean(map(count, each))) for each in footprints.values())]
        for what, count in _COUNTS.items()
    ]
    return Table("Counts", ["What", *footprints], rows, f"Means of {_parties()} seats.")


def dollars(footprints: Footprints, prices: Prices) -> Table:
    priced = {
        name: {part: _mean_usd(each, part, prices) for part in _NAMES}
        for name, each in footprints.items()
    }
    rows = [
        [shown, *(f"{each[part]:.4f}" for each in priced.values())]
        for part, shown in sorted(
            _NAMES.items(), key=lambda named: -max(each[named[0]] for each in priced.values())
        )
    ]
    total = ["All", *(f"{sum(each.values()):.4f}" for each in priced.values())]
    note = (
        f"List prices of {prices.date}, {prices.region}, not verified (`infra/prices.toml`). Lambda"
        f" seconds are this machine's CPU on {LAMBDA_SHARE:.2f} of a core, and"
        f" {1_000 * WAIT_SECONDS:.0f} ms for each call of AWS or Postgres; of requests and"
        f" executions {TRACED:.0%} are traced. Postgres is paid by the hour (`make idle-cost`). The"
        f" floor of {FLOOR_USD} is what three requests cost at the gateway."
    )
    return Table("USD of 1,000", ["Part", *footprints], [*rows, total], note)


def by_function(footprints: Sequence[Footprint]) -> Table:
    """Where the counts of these come from."""
    found: dict[tuple[str, str], list[Invocation]] = {}
    for one in (one for footprint in footprints for one in footprint.invocations):
        name = one.function.removeprefix("boxoffice-local-")
        found.setdefault((name, "changes" if one.is_of_a_stream else one.what), []).append(one)
    number = len(footprints)
    rows = [
        [
            f"{function}: {what}",
            _number(len(each) / number),
            f"{1_000 * sum(one.cpu_seconds for one in each) / number:.1f}",
            _number(sum(one.read_units for one in each) / number),
            _number(sum(one.write_units for one in each) / number),
            _number(sum(one.statements for one in each) / number),
            _number(sum(one.log_bytes for one in each) / number),
        ]
        for (function, what), each in found.items()
    ]
    columns = ["Function", "Invocations", "CPU ms", "Reads", "Writes", "SQL", "Log bytes"]
    return Table("Of a hold, an order and a charge, by function", columns, rows)


def _mean_usd(footprints: Sequence[Footprint], part: str, prices: Prices) -> float:
    return 1_000 * mean(
        sum(each.usd for each in parts(footprint, prices) if each.name == part)
        for footprint in footprints
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}".removesuffix(".0")


def _parties() -> str:
    return " and ".join(map(str, PARTIES))
