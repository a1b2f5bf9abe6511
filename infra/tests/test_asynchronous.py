"""Nothing that nobody waits for is lost: each such call has a place to go when it fails, each such
place an alarm; and whatever AWS writes a log of, the log is ours and ends.
"""

import json

import pytest

from infra.tests.assembly import Assembly, Json
from infra.tests.test_functions import SQL

ON_AWS = ("staging", "production")


@pytest.fixture(params=ON_AWS)
def on_aws(request: pytest.FixtureRequest, assemblies: dict[str, Assembly]) -> Assembly:
    return assemblies[request.param]


def targets(assembly: Assembly) -> list[tuple[str, Json]]:
    return [
        (stack, target)
        for stack, _, rule in assembly.resources("AWS::Events::Rule")
        for target in rule["Targets"]
    ]


def destinations(assembly: Assembly) -> dict[str, str]:
    """Where calls of a function go that nobody waited for and that failed, by the function."""
    return {
        assembly.text(stack, config["FunctionName"]): assembly.text(
            stack, config["DestinationConfig"]["OnFailure"]["Destination"]
        ).removesuffix(".Arn")
        for stack, _, config in assembly.resources("AWS::Lambda::EventInvokeConfig")
        if "DestinationConfig" in config
    }


def watched(assembly: Assembly) -> set[str]:
    """The queues that ring an alarm as soon as anything is in them, or, of what comes again by the
    clock, when it comes to them too often.
    """
    return {
        dimension["Value"]
        for _, _, alarm in assembly.resources("AWS::CloudWatch::Alarm")
        if (alarm.get("MetricName"), alarm["Threshold"])
        in {
            ("ApproximateNumberOfMessagesVisible", 0),
            ("NumberOfMessagesSent", 0),
            ("NumberOfMessagesSent", 2),
        }
        for dimension in alarm["Dimensions"]
    }


def test_what_a_rule_could_not_deliver_waits_in_a_watched_queue(assembly: Assembly) -> None:
    rules = targets(assembly)
    assert len(rules) >= 8
    for stack, target in rules:
        queue = assembly.text(stack, target["DeadLetterConfig"]["Arn"]).removesuffix(".Arn")
        assert queue in watched(assembly), target


def test_a_call_by_a_rule_that_fails_waits_in_a_watched_queue(assembly: Assembly) -> None:
    kept = destinations(assembly)
    for stack, target in targets(assembly):
        function = assembly.text(stack, target["Arn"]).removesuffix(".Arn").rpartition(":")[2]
        assert kept[function] in watched(assembly), function


def test_whoever_is_called_without_waiting_may_put_failures_away(assembly: Assembly) -> None:
    """Lambda does so in the function's name."""
    sending = {
        (statement.owner, resource.removesuffix(".Arn"))
        for statement in assembly.grants()
        if "sqs:SendMessage" in statement.actions
        for resource in statement.resources
    }
    assert destinations(assembly).items() <= sending


def test_a_sweep_that_wakes_a_cluster_is_called_again_before_it_counts_as_lost(
    on_aws: Assembly,
) -> None:
    configs = {
        on_aws.text(stack, config["FunctionName"]).rpartition(f"{on_aws.environment}-")[2]: config
        for stack, _, config in on_aws.resources("AWS::Lambda::EventInvokeConfig")
    }
    retries = {"staging": 2, "production": 0}[on_aws.environment]
    for domain in SQL:
        config = configs[f"{domain}-tasks"]
        assert config["MaximumRetryAttempts"] == retries
        # The repetitions come a minute and then two minutes after a failure.
        assert config["MaximumEventAgeInSeconds"] >= (4 * 60 if retries else 60)


def test_what_the_cluster_and_its_proxy_log_ends_too(on_aws: Assembly) -> None:
    """RDS would make the groups itself, to be kept for ever."""
    written = {
        f"/aws/rds/cluster/{cluster['DBClusterIdentifier']}/{log}": "AWS::RDS::DBCluster"
        for _, _, cluster in on_aws.resources("AWS::RDS::DBCluster")
        for log in cluster["EnableCloudwatchLogsExports"]
    } | {
        f"/aws/rds/proxy/{proxy['DBProxyName']}": "AWS::RDS::DBProxy"
        for _, _, proxy in on_aws.resources("AWS::RDS::DBProxy")
    }
    assert len(written) == {"staging": 1, "production": 2}[on_aws.environment]
    resources = on_aws.templates["database"]["Resources"]
    groups = {
        group["LogGroupName"]: logical_id
        for stack, logical_id, group in on_aws.resources("AWS::Logs::LogGroup")
        if stack == "database" and isinstance(group["LogGroupName"], str)
    }
    for name, writer in written.items():
        [waiting] = [one for one in resources.values() if one["Type"] == writer]
        assert groups[name] in waiting["DependsOn"], "RDS would be first to make it."


def test_a_secret_that_is_not_renewed_rings(assembly: Assembly) -> None:
    """Secrets Manager itself tells nobody."""
    [alarm] = [
        alarm
        for _, _, alarm in assembly.resources("AWS::CloudWatch::Alarm")
        if alarm["AlarmName"].endswith("-ticket-seeds-not-renewed")
    ]
    name = f"boxoffice-{assembly.environment}-orders-rotation"
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": name}]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("Errors", 0)


def test_everything_that_can_be_traced_is(assembly: Assembly) -> None:
    for _, _, machine in assembly.resources("AWS::StepFunctions::StateMachine"):
        assert machine["TracingConfiguration"] == {"Enabled": True}
    for properties in assembly.functions().values():
        assert properties["TracingConfig"] == {"Mode": "Active"}
    [(_, _, stage)] = assembly.resources("AWS::ApiGateway::Stage")
    assert stage["TracingEnabled"] is True


def test_what_is_called_again_and_again_says_what_for(assembly: Assembly) -> None:
    for _, _, rule in assembly.resources("AWS::Events::Rule"):
        for target in rule["Targets"] if "ScheduleExpression" in rule else ():
            assert json.loads(target["Input"])["task"]
