"""The audit's role may read, and nothing else: the emulator asks nobody for rights. By a schedule
it is asked for, in the place where the database lets it in.
"""

import json

import pytest

from functions.audit.settings import _NAMES
from infra.tests.assembly import Assembly, Json, Statement
from infra.tests.grants import granted as granted_by_owner

READS = {"dynamodb:Scan", "dynamodb:Query", "dynamodb:BatchGetItem"}
SIGNS_IN = {"rds-db:connect"}


def auditor(assembly: Assembly) -> tuple[str, Json]:
    """Logical id and properties of the role."""
    [found] = [
        (logical_id, role)
        for _, logical_id, role in assembly.resources("AWS::IAM::Role")
        if role.get("RoleName") == f"boxoffice-{assembly.environment}-auditor"
    ]
    return found


def granted(assembly: Assembly) -> list[Statement]:
    logical_id, _ = auditor(assembly)
    return [statement for statement in assembly.grants() if statement.owner == logical_id]


def resources(assembly: Assembly, actions: set[str]) -> set[str]:
    return {
        resource
        for statement in granted(assembly)
        for resource in statement.resources
        if statement.actions == actions
    }


def test_the_auditor_may_only_read(assembly: Assembly) -> None:
    is_local = assembly.environment == "local"
    actions = {action for statement in granted(assembly) for action in statement.actions}
    assert actions == (READS if is_local else READS | SIGNS_IN)


def test_no_other_policy_adds_to_the_auditors_rights(assembly: Assembly) -> None:
    _, role = auditor(assembly)
    assert not {"ManagedPolicyArns", "Policies"} & role.keys()


def test_the_auditor_reads_the_audited_tables_only(assembly: Assembly) -> None:
    table = f"arn:aws:dynamodb:region:account:table/boxoffice-{assembly.environment}"
    expected = {f"{table}-seating", f"{table}-orders", f"{table}-orders/index/byUser"}
    assert resources(assembly, READS) == expected


def test_the_auditor_signs_in_as_the_user_who_may_only_read(assembly: Assembly) -> None:
    users = {resource.rpartition("/")[2] for resource in resources(assembly, SIGNS_IN)}
    assert users == (set() if assembly.environment == "local" else {"auditor"})


def test_only_this_account_may_take_the_auditors_role(assembly: Assembly) -> None:
    _, role = auditor(assembly)
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    principal = assembly.text("audit", statement["Principal"]["AWS"])
    assert principal == "arn:aws:iam::account:root"


def test_the_scheduled_audit_may_only_become_the_auditor(assembly: Assembly) -> None:
    rights = granted_by_owner(assembly)["audit-tasks"]
    assert rights.pop("sts:AssumeRole") == {"auditor.Arn"}
    # Lambda's own: logs, traces, what failed, and the way into the database's network.
    assert {action.partition(":")[0] for action in rights} <= {"logs", "xray", "sqs", "ec2"}


def test_the_scheduled_audit_is_told_where_everything_is(assembly: Assembly) -> None:
    variables = assembly.functions()["audit-tasks"]["Environment"]["Variables"]
    prefix = f"boxoffice-{assembly.environment}"
    told = {name: assembly.text("audit", variables[f"AUDIT_{name.upper()}"]) for name in _NAMES}
    assert told["seating_table"] == f"{prefix}-seating"
    assert told["orders_table"] == f"{prefix}-orders"
    assert told["role_arn"] == f"{prefix}-auditor.Arn"
    address = told["database_url"]
    assert address.startswith("postgresql+pg8000://auditor")
    assert address.endswith("/payments")
    # On AWS it has no password: IAM opens the database.
    assert (":boxoffice-local@" in address) == (assembly.environment == "local")


def schedule(assembly: Assembly) -> tuple[str, list[Json]]:
    [(when, targets)] = [
        (rule["ScheduleExpression"], rule["Targets"])
        for stack, _, rule in assembly.resources("AWS::Events::Rule")
        if stack == "audit"
    ]
    return when, targets


@pytest.mark.parametrize(
    ("environment", "when", "hours"),
    [
        ("local", "rate(5 minutes)", 3),
        ("staging", "cron(4 4 * * ? *)", 26),
        ("production", "rate(1 hour)", 3),
    ],
)
def test_it_runs_by_itself_and_somebody_is_told_when_it_did_not(
    environment: str, when: str, hours: int, assemblies: dict[str, Assembly]
) -> None:
    assembly = assemblies[environment]
    found, [target] = schedule(assembly)
    assert found == when
    assert json.loads(target["Input"]) == {"task": "audit_stores"}
    [overdue] = [
        alarm
        for _, _, alarm in assembly.resources("AWS::CloudWatch::Alarm")
        if alarm["MetricName"] == "audits_total"
    ]
    assert overdue["TreatMissingData"] == "breaching"
    assert overdue["ComparisonOperator"] == "LessThanOrEqualToThreshold"
    assert (overdue["Period"], overdue["Threshold"]) == (3_600, 0)
    assert overdue["EvaluationPeriods"] == hours


def test_a_broken_promise_rings_until_an_audit_finds_it_mended(assembly: Assembly) -> None:
    [alarm] = [
        alarm
        for _, _, alarm in assembly.resources("AWS::CloudWatch::Alarm")
        if alarm["MetricName"] == "audit_violations"
    ]
    assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (0, 1)
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert (alarm["Statistic"], alarm["TreatMissingData"]) == ("Maximum", "ignore")


def test_an_audit_has_time_and_room_and_is_not_repeated(assembly: Assembly) -> None:
    function = assembly.functions()["audit-tasks"]
    assert (function["Timeout"], function["MemorySize"]) == (900, 3_008)
    [invoked] = [
        config
        for stack, _, config in assembly.resources("AWS::Lambda::EventInvokeConfig")
        if stack == "audit"
    ]
    assert invoked["MaximumRetryAttempts"] == 0
