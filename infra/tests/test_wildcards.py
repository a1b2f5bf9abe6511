"""Nothing may be done by everybody, nor to everything but where AWS knows no narrower."""

from infra.tests.assembly import Assembly
from infra.tests.grants import arn

# What AWS itself knows no narrower resource for, and why.
_TRACES = "A trace is of no resource; X-Ray has none that could be named."
_STREAMS = "Who may see which streams there are sees all of them; reading one is granted by itself."
_DELIVERIES = "Step Functions makes and lists its log deliveries, which have no names."
_NETWORK = "Lambda makes network interfaces before they have names; the functions may not."
EVERYWHERE = {
    "xray:PutTraceSegments": _TRACES,
    "xray:PutTelemetryRecords": _TRACES,
    "xray:GetSamplingRules": _TRACES,
    "xray:GetSamplingTargets": _TRACES,
    "dynamodb:ListStreams": _STREAMS,
    "logs:CreateLogDelivery": _DELIVERIES,
    "logs:GetLogDelivery": _DELIVERIES,
    "logs:UpdateLogDelivery": _DELIVERIES,
    "logs:DeleteLogDelivery": _DELIVERIES,
    "logs:ListLogDeliveries": _DELIVERIES,
    "logs:PutResourcePolicy": _DELIVERIES,
    "logs:DescribeResourcePolicies": _DELIVERIES,
    "logs:DescribeLogGroups": _DELIVERIES,
    "ec2:CreateNetworkInterface": _NETWORK,
    "ec2:DescribeNetworkInterfaces": _NETWORK,
    "ec2:DescribeSubnets": _NETWORK,
    "ec2:DeleteNetworkInterface": _NETWORK,
    "ec2:AssignPrivateIpAddresses": _NETWORK,
    "ec2:UnassignPrivateIpAddresses": _NETWORK,
}


def test_nobody_may_do_everything_with_anything(assembly: Assembly) -> None:
    for statement in assembly.grants():
        for action in statement.actions:
            assert "*" not in action, statement.owner
            assert "*" not in statement.resources or action in EVERYWHERE, statement


def test_no_reason_is_kept_for_what_nobody_is_granted(production: Assembly) -> None:
    anywhere = {
        action
        for statement in production.grants()
        for action in statement.actions
        if "*" in statement.resources
    }
    assert anywhere == set(EVERYWHERE)


def test_what_lambda_does_to_networks_no_function_may_do_itself(production: Assembly) -> None:
    names = {properties["FunctionName"] for properties in production.functions().values()}
    joining = {
        statement.owner
        for statement in production.grants()
        if "ec2:CreateNetworkInterface" in statement.actions and statement.owner in names
    }
    denied = {
        production.text(stack, statement["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"])
        for stack, _, policy in production.resources("AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny" and "ec2:CreateNetworkInterface" in statement["Action"]
    }
    assert joining
    assert denied == {arn("lambda", f"function:{name}") for name in joining}
