"""What an environment costs at rest is counted from its template, and nothing is left out."""

import tomllib
from typing import Any

import pytest

from infra.idle_cost import PRICES, Item, UnknownCostError, idle_cost
from infra.idle_free import FREE_AT_REST
from infra.tests.assembly import Assembly

# What one may pay for an environment that only waits for the next test.
STAGING_USD = 10


@pytest.fixture(scope="module")
def prices() -> dict[str, Any]:
    return tomllib.loads(PRICES.read_text("utf-8"))


def cost(assembly: Assembly, prices: dict[str, Any]) -> dict[str, Item]:
    return {item.name: item for item in idle_cost(assembly.templates.values(), prices)}


def total(assembly: Assembly, prices: dict[str, Any]) -> float:
    return sum(item.usd for item in cost(assembly, prices).values())


def template(*resources: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    named = {str(n): {"Type": kind, "Properties": of} for n, (kind, of) in enumerate(resources)}
    return [{"Resources": named}]


def rule(schedule: str, task: str = "reconcile_open_orders") -> tuple[str, dict[str, Any]]:
    targets = [{"Input": f'{{"task":"{task}"}}'}]
    return "AWS::Events::Rule", {"ScheduleExpression": schedule, "Targets": targets}


def cluster(least: float) -> tuple[str, dict[str, Any]]:
    return "AWS::RDS::DBCluster", {"ServerlessV2ScalingConfiguration": {"MinCapacity": least}}


INSTANCE: tuple[str, dict[str, Any]] = ("AWS::RDS::DBInstance", {})


def test_staging_at_rest_stays_under_ten_dollars_a_month(
    assemblies: dict[str, Assembly], prices: dict[str, Any]
) -> None:
    assert 0 < total(assemblies["staging"], prices) < STAGING_USD


def test_staging_has_nothing_that_is_paid_by_the_hour(assemblies: dict[str, Assembly]) -> None:
    kinds = {
        resource["Type"]
        for one in assemblies["staging"].templates.values()
        for resource in one["Resources"].values()
    }
    assert not kinds & {"AWS::EC2::NatGateway", "AWS::WAFv2::WebACL", "AWS::RDS::DBProxy"}
    [(_, _, database)] = assemblies["staging"].resources("AWS::RDS::DBCluster")
    scaling = database["ServerlessV2ScalingConfiguration"]
    assert scaling["MinCapacity"] == 0
    assert scaling["SecondsUntilAutoPause"] == 300


def test_only_production_pays_for_a_data_key_a_proxy_and_a_firewall(
    assemblies: dict[str, Assembly], prices: dict[str, Any]
) -> None:
    staging, production = (cost(assemblies[name], prices) for name in ("staging", "production"))
    assert production.keys() - staging.keys() == {"database_proxy", "firewall", "firewall_rule"}
    assert (staging["kms_key"].quantity, production["kms_key"].quantity) == (1, 2)
    # Two instances at their least, all month.
    assert production["aurora_capacity"].quantity == pytest.approx(2 * 1 * 730)


def test_only_gateways_that_cost_nothing_lead_to_aws(assembly: Assembly) -> None:
    for _, _, endpoint in assembly.resources("AWS::EC2::VPCEndpoint"):
        assert endpoint["VpcEndpointType"] == "Gateway"


def test_no_function_is_kept_warm(assembly: Assembly) -> None:
    assert "ProvisionedConcurrencyConfig" not in str(assembly.templates)


def test_what_nobody_has_priced_ends_the_count(prices: dict[str, Any]) -> None:
    with pytest.raises(UnknownCostError, match="AWS::EC2::NatGateway"):
        idle_cost(template(("AWS::EC2::NatGateway", {})), prices)
    with pytest.raises(UnknownCostError, match="cron"):
        idle_cost(template(rule("cron(0/5 * * * ? *)")), prices)


def test_what_is_free_is_there(assemblies: dict[str, Assembly]) -> None:
    """Or might be: third-party packages are left out of these templates, and none has a domain."""
    kinds = {
        resource["Type"]
        for name in ("staging", "production")
        for one in assemblies[name].templates.values()
        for resource in one["Resources"].values()
    }
    assert FREE_AT_REST.keys() - kinds == {"AWS::Lambda::LayerVersion", "AWS::Route53::RecordSet"}


def test_only_what_is_beyond_the_free_is_paid(prices: dict[str, Any]) -> None:
    alarms = template(*[("AWS::CloudWatch::Alarm", {})] * 12)
    [item] = idle_cost(alarms, prices)
    assert item[:3] == ("alarm", 12, "alarm")
    assert item.usd == pytest.approx(2 * 0.10)


def test_a_sweep_each_minute_keeps_a_cluster_from_pausing(prices: dict[str, Any]) -> None:
    hours = {
        schedule: next(
            item.quantity
            for item in idle_cost(
                template(cluster(0), INSTANCE, *[rule(schedule, "relay_outbox")] * 3), prices
            )
            if item.name == "aurora_capacity"
        )
        for schedule in ("rate(1 minute)", "cron(0,2 4 * * ? *)")
    }
    assert hours["rate(1 minute)"] == 730
    assert hours["cron(0,2 4 * * ? *)"] == pytest.approx(730 / 24 / 2)


@pytest.mark.parametrize(("audits", "wakes"), [("cron(4 4 * * ? *)", 1), ("cron(4 9 * * ? *)", 2)])
def test_an_audit_wakes_a_cluster_unless_it_comes_with_the_sweeps(
    audits: str, wakes: int, prices: dict[str, Any]
) -> None:
    rules = rule("cron(0,2 4 * * ? *)", "relay_outbox"), rule(audits, "audit_stores")
    counted = {
        item.name: item.quantity
        for item in idle_cost(template(cluster(0), INSTANCE, *rules), prices)
    }
    # Half an hour each time, every day of a month.
    assert counted["aurora_capacity"] == pytest.approx(wakes * 0.5 * 730 / 24)


def test_every_price_says_what_of_and_from_where(prices: dict[str, Any]) -> None:
    assert prices["verified"] is False
    for name, price in prices.items():
        if isinstance(price, dict):
            assert price["usd"] > 0, name
            assert price["source"].startswith("https://aws.amazon.com/"), name
            assert price["unit"], name


def test_no_price_is_kept_for_what_nothing_costs(
    assemblies: dict[str, Assembly], prices: dict[str, Any]
) -> None:
    counted = cost(assemblies["production"], prices).keys()
    # What is paid by use is counted by `make bench` (localstack/tests/bench/test_cost.py).
    kept = {name for name, price in prices.items() if isinstance(price, dict)}
    assert counted == kept - set(prices["by_use"])
