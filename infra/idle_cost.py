"""What an environment costs a month while nobody uses it, from its templates: `make idle-cost`.

Every resource is either counted or known to cost nothing while it rests; one that is neither ends
the count, so that nothing dear comes in unnoticed. Prices are data, dated and with their sources.
"""

import json
import re
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from infra import ROOT
from infra.app import build, new_app
from infra.idle_free import FREE_AT_REST

PRICES: Final = ROOT / "infra" / "prices.toml"
_ON_AWS: Final = ("staging", "production")

Json = Mapping[str, Any]

# How much of something there is when nobody comes; said, since templates don't.
_DATABASE_GB: Final = 1.0
_TABLE_GB: Final = 0.1
# A call of a schedule that finds nothing to do, at 1 GB.
_CALL_SECONDS: Final = 0.2
_CALL_LOG_GB: Final = 2e-6
# Lambda asks a queue that feeds a function from five places, each waiting 20 s.
_POLLS_AN_HOUR: Final = 5 * 180
# From a call that wakes a paused cluster until the function that made it is gone, with its
# connection, and then five minutes; at an ACU on average.
_AWAKE_HOURS: Final = 0.5
_AWAKE_ACU: Final = 1.0
# A proxy is paid by its cluster's capacity, and for this much at least.
_LEAST_PROXIED_ACU: Final = 8
_MINUTES_A_MONTH: Final = 730 * 60
_MINUTES_A_DAY: Final = 24 * 60


class Item(NamedTuple):
    """So much of something, and what it costs beyond what is free."""

    name: str
    quantity: float
    unit: str
    usd: float


class UnknownCostError(Exception):
    """A kind of resource is neither priced nor known to be free; the message names it."""


def idle_cost(templates: Iterable[Json], prices: Json) -> list[Item]:
    """The items of a month, the dearest first. Raises UnknownCostError."""
    resources = [one for template in templates for one in template["Resources"].values()]
    amounts: dict[str, float] = {}
    for resource in resources:
        kind = resource["Type"]
        count = _COUNTED.get(kind)
        if count is None:
            if kind not in FREE_AT_REST:
                raise UnknownCostError(f"What does a {kind} cost while nobody uses it?")
            continue
        for name, quantity in count(resource.get("Properties", {}), resources):
            amounts[name] = amounts.get(name, 0) + quantity
    items = [_item(name, quantity, prices[name]) for name, quantity in amounts.items() if quantity]
    return sorted(items, key=lambda item: -item.usd)


def _item(name: str, quantity: float, price: Json) -> Item:
    charged = max(0.0, quantity - price.get("free", 0))
    return Item(name, quantity, price["unit"], charged * price["usd"])


Amounts = Iterator[tuple[str, float]]


def _one(name: str) -> Callable[[Json, list[Json]], Amounts]:
    return lambda _properties, _resources: iter([(name, 1.0)])


def _table(properties: Json, _resources: list[Json]) -> Amounts:
    yield "table_storage", _TABLE_GB
    if properties.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
        yield "table_backup", _TABLE_GB


def _cluster(properties: Json, resources: list[Json]) -> Amounts:
    yield "aurora_storage", _DATABASE_GB
    if properties.get("ManageMasterUserPassword"):
        yield "secret", 1
    least = _least_capacity(properties)
    if least:
        return
    # Whatever calls within the same hour of a day wakes it once.
    schedules = {
        re.sub(r"cron\([\d,]+", "cron(0", one["Properties"]["ScheduleExpression"])
        for one in resources
        if _wakes_the_database(one)
    }
    wakes = sum(_turns(schedule) for schedule in schedules)
    # Never awake for longer than there is time.
    hours = min(wakes * _AWAKE_HOURS, _MINUTES_A_MONTH / 60)
    yield "aurora_capacity", hours * _AWAKE_ACU


def _instance(_properties: Json, resources: list[Json]) -> Amounts:
    yield "aurora_capacity", _least_capacity(_the_cluster(resources)) * _MINUTES_A_MONTH / 60


def _proxy(_properties: Json, resources: list[Json]) -> Amounts:
    instances = sum(one["Type"] == "AWS::RDS::DBInstance" for one in resources)
    capacity = max(_LEAST_PROXIED_ACU, _least_capacity(_the_cluster(resources)) * instances)
    yield "database_proxy", capacity * _MINUTES_A_MONTH / 60


def _firewall(properties: Json, _resources: list[Json]) -> Amounts:
    yield "firewall", 1
    yield "firewall_rule", len(properties["Rules"])


def _rule(properties: Json, _resources: list[Json]) -> Amounts:
    if "ScheduleExpression" not in properties:
        return
    calls = _turns(properties["ScheduleExpression"]) * len(properties["Targets"])
    yield "function_call", calls
    yield "function_second", calls * _CALL_SECONDS
    yield "trace", calls
    yield "log", calls * _CALL_LOG_GB


def _source(properties: Json, _resources: list[Json]) -> Amounts:
    """Of a queue; streams are read for nothing, and say from where in them reading starts."""
    if "StartingPosition" not in properties:
        yield "queue_request", _POLLS_AN_HOUR * _MINUTES_A_MONTH / 60


def _turns(schedule: str) -> float:
    """How often a month: `rate(5 minutes)`, or at some minutes of one hour of each day.

    Raises UnknownCostError on any other.
    """
    if rate := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", schedule):
        minutes = {"minute": 1, "hour": 60, "day": _MINUTES_A_DAY}[rate[2]]
        return _MINUTES_A_MONTH / (int(rate[1]) * minutes)
    if daily := re.fullmatch(r"cron\(([\d,]+) \d+ \* \* \? \*\)", schedule):
        return len(daily[1].split(",")) * _MINUTES_A_MONTH / _MINUTES_A_DAY
    raise UnknownCostError(f"How often is {schedule}?")


def _wakes_the_database(resource: Json) -> bool:
    """Tasks of domains with SQL open a connection; they find out there that nothing is to do. The
    audit opens one as well.
    """
    return resource["Type"] == "AWS::Events::Rule" and any(
        f'"task":"{task}"' in str(target.get("Input", ""))
        for target in resource["Properties"]["Targets"]
        for task in ("relay_outbox", "audit_stores")
    )


def _least_capacity(cluster: Json) -> float:
    return float(cluster["ServerlessV2ScalingConfiguration"]["MinCapacity"])


def _the_cluster(resources: list[Json]) -> Json:
    [cluster] = [one for one in resources if one["Type"] == "AWS::RDS::DBCluster"]
    properties: Json = cluster["Properties"]
    return properties


_COUNTED: Final[Mapping[str, Callable[[Json, list[Json]], Amounts]]] = {
    "AWS::CloudWatch::Alarm": _one("alarm"),
    "AWS::CloudWatch::Dashboard": _one("dashboard"),
    "AWS::DynamoDB::Table": _table,
    "AWS::Events::Rule": _rule,
    "AWS::KMS::Key": _one("kms_key"),
    "AWS::Lambda::EventSourceMapping": _source,
    "AWS::RDS::DBCluster": _cluster,
    "AWS::RDS::DBInstance": _instance,
    "AWS::RDS::DBProxy": _proxy,
    "AWS::SecretsManager::Secret": _one("secret"),
    "AWS::WAFv2::WebACL": _firewall,
}


def main() -> None:
    prices = tomllib.loads(PRICES.read_text("utf-8"))
    print(f"List prices of {prices['date']}, {prices['region']}, not verified (infra/prices.toml).")
    for name in _ON_AWS:
        items = idle_cost(_templates(name), prices)
        print(f"\n{name}, a month of rest: {sum(item.usd for item in items):.2f} USD")
        for item in items:
            print(f"  {item.usd:8.2f}  {item.name:16} {item.quantity:14,.1f} {item.unit}")


def _templates(environment: str) -> list[Json]:
    with tempfile.TemporaryDirectory() as folder:
        app = new_app({"environment": environment, "vendored": "false"}, folder)
        build(app)
        app.synth()
        return [json.loads(path.read_text()) for path in Path(folder).glob("*.template.json")]


if __name__ == "__main__":
    main()
