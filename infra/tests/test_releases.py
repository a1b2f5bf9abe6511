"""New code gets to callers by steps that can be taken back, and payments is never crowded out."""

import json

import pytest

from functions.shared import docs
from functions.shared.observability import logger
from functions.shared.tests.gateway import FakeContext, request
from infra.constructs.release import ANSWERS
from infra.environments import environment_of
from infra.limits import RESERVED_CALLS, ROUTE_LIMITS
from infra.tests.assembly import Assembly, Json

ON_AWS = ("staging", "production")
# What the API calls.
HTTP = {
    *(f"{domain}-api" for domain in ("users", "catalog", "seating", "orders", "payments", "docs")),
    "payments-webhooks",
}
STEPS = {
    "staging": "CodeDeployDefault.LambdaAllAtOnce",
    "production": "CodeDeployDefault.LambdaCanary10Percent5Minutes",
}
# What a request is counted as, by how it was logged.
PATTERNS = {
    '{ ($.message = "request") && ($.status >= 500) }': "1",
    '{ ($.message = "request") && ($.status < 500) }': "0",
}
# Of what an account gets at first, Lambda keeps the last hundred from being reserved.
AN_ACCOUNTS_CALLS = 1_000


@pytest.fixture(params=ON_AWS)
def on_aws(request: pytest.FixtureRequest, assemblies: dict[str, Assembly]) -> Assembly:
    return assemblies[request.param]


def function_of(assembly: Assembly, stack: str, value: object) -> str:
    return assembly.text(stack, value).removeprefix(f"boxoffice-{assembly.environment}-")


def aliases(assembly: Assembly) -> dict[str, tuple[str, str, Json]]:
    """By function: the alias's stack and logical id, and the whole resource."""
    return {
        function_of(assembly, stack, resource["Properties"]["FunctionName"]): (
            stack,
            name,
            resource,
        )
        for stack, template in assembly.templates.items()
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Alias"
    }


def groups(assembly: Assembly) -> dict[tuple[str, str], Json]:
    """Every deployment group, by its stack and its logical id."""
    return {
        (stack, logical_id): group
        for stack, logical_id, group in assembly.resources("AWS::CodeDeploy::DeploymentGroup")
    }


def test_the_local_stack_runs_whatever_code_is_newest(local: Assembly) -> None:
    assert not aliases(local)
    assert not groups(local)


def test_the_api_calls_every_function_by_its_alias(on_aws: Assembly) -> None:
    released = aliases(on_aws)
    assert released.keys() == HTTP
    assert {alias["Properties"]["Name"] for *_, alias in released.values()} == {"live"}
    _, docs, _ = released["docs-api"]
    for _, _, method in on_aws.resources("AWS::ApiGateway::Method"):
        uri = method["Integration"]["Uri"]
        assert ":live/invocations" in on_aws.text("api", uri) or f"'{docs}'" in str(uri)


def test_the_api_is_let_in_to_the_aliases(on_aws: Assembly) -> None:
    _, docs, _ = aliases(on_aws)["docs-api"]
    for stack, _, permission in on_aws.resources("AWS::Lambda::Permission"):
        if stack == "api":
            admitted = permission["FunctionName"]
            assert admitted == {"Ref": docs} or on_aws.text(stack, admitted).endswith(":live")


def test_an_alias_is_moved_by_steps_and_back_on_an_alarm(on_aws: Assembly) -> None:
    moved = groups(on_aws)
    for name, (stack, _, alias) in aliases(on_aws).items():
        policy = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        group = moved.pop((stack, policy["DeploymentGroupName"]["Ref"]))
        assert group["DeploymentConfigName"] == STEPS[on_aws.environment]
        assert group["AutoRollbackConfiguration"]["Enabled"] is True
        assert set(group["AutoRollbackConfiguration"]["Events"]) == {
            "DEPLOYMENT_FAILURE",
            "DEPLOYMENT_STOP_ON_ALARM",
            "DEPLOYMENT_STOP_ON_REQUEST",
        }
        watched = group["AlarmConfiguration"]
        assert watched["Enabled"] is True
        prefix = f"boxoffice-{on_aws.environment}"
        assert {alarm["Name"] for alarm in watched["Alarms"]} == {
            f"{prefix}-{name}-crashes",
            f"{prefix}-{name}-failing",
            f"{prefix}-api-5xx",
        }
    assert not moved


def test_every_alarm_that_takes_a_release_back_is_there(on_aws: Assembly) -> None:
    """CodeDeploy says nothing of one that is not."""
    there = {alarm["AlarmName"] for _, _, alarm in on_aws.resources("AWS::CloudWatch::Alarm")}
    watched = {
        alarm["Name"]
        for group in groups(on_aws).values()
        for alarm in group["AlarmConfiguration"]["Alarms"]
    }
    assert len(watched) == 2 * len(HTTP) + 1
    assert watched <= there


def test_a_function_that_fails_only_what_a_canary_gets_rings_by_its_own_requests(
    on_aws: Assembly,
) -> None:
    prefix = f"boxoffice-{on_aws.environment}-"
    values: dict[tuple[str, str], dict[str, str]] = {}
    for stack, _, told in on_aws.resources("AWS::Logs::MetricFilter"):
        [becomes] = told["MetricTransformations"]
        assert becomes["MetricNamespace"] == ANSWERS
        assert becomes["Dimensions"] == [{"Key": "service", "Value": "$.service"}]
        function = on_aws.text(stack, told["LogGroupName"]).removeprefix(f"/aws/lambda/{prefix}")
        domain, _, _ = function.partition("-")
        of_metric = values.setdefault((domain, becomes["MetricName"]), {})
        assert told["FilterPattern"] not in of_metric
        of_metric[told["FilterPattern"]] = becomes["MetricValue"]
    assert all(each == PATTERNS for each in values.values())
    watched = {}
    for _, _, alarm in on_aws.resources("AWS::CloudWatch::Alarm"):
        name = alarm["AlarmName"].removeprefix(prefix)
        if name.endswith("-failing") and name.removesuffix("-failing") in HTTP:
            [dimension] = alarm["Dimensions"]
            assert (alarm["Namespace"], alarm["Statistic"]) == (ANSWERS, "Average")
            # A canary is a tenth.
            assert alarm["Threshold"] <= 0.1 / 3
            watched[name.removesuffix("-failing")] = (dimension["Value"], alarm["MetricName"])
    assert watched.keys() == HTTP
    assert len(set(watched.values())) == len(HTTP)
    assert set(watched.values()) == values.keys()


def test_requests_are_logged_as_the_count_of_failures_reads_them(
    caplog: pytest.LogCaptureFixture,
) -> None:
    docs.handler(request("GET", "/health"), FakeContext())
    lines = [json.loads(logger.registered_formatter.format(line)) for line in caplog.records]
    [line] = [line for line in lines if line["message"] == "request"]
    assert line["status"] == 200
    assert line["service"]


def test_the_version_before_is_still_there_to_go_back_to(on_aws: Assembly) -> None:
    versions = [
        resource
        for template in on_aws.templates.values()
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Version"
    ]
    assert len(versions) == len(HTTP)
    # A version that a failed deployment made goes with it: else the same commit could not be
    # deployed again, for Lambda publishes the same code only once.
    assert {version["DeletionPolicy"] for version in versions} == {"RetainExceptOnCreate"}
    assert {version["UpdateReplacePolicy"] for version in versions} == {"Retain"}


def test_payments_is_sure_of_its_calls_in_production(assembly: Assembly) -> None:
    reserved = {
        name: properties["ReservedConcurrentExecutions"]
        for name, properties in assembly.functions().items()
        if "ReservedConcurrentExecutions" in properties
    }
    assert reserved == (RESERVED_CALLS if assembly.environment == "production" else {})


def test_what_is_reserved_leaves_the_others_most_of_an_account() -> None:
    assert {name.partition("-")[0] for name in RESERVED_CALLS} == {"payments"}
    assert sum(RESERVED_CALLS.values()) * 2 < AN_ACCOUNTS_CALLS


def test_a_charge_may_take_a_third_of_a_second_at_the_rate_that_the_api_lets_in() -> None:
    [charges] = [limit for limit in ROUTE_LIMITS if limit.path == "/v1/charge"]
    assert RESERVED_CALLS["payments-api"] * 3 >= charges.per_second
    assert environment_of({"environment": "production"}).reserved_calls is RESERVED_CALLS
