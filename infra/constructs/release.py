"""How callers come to a function's new code: by an alias that CodeDeploy moves, and moves back."""

from typing import Final

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from infra.constructs.acknowledged import acknowledge
from infra.constructs.domain_function import DomainFunction
from infra.environments import Environment

# What the API calls.
ALIAS: Final = "live"
# The namespace of what became of released functions' requests.
ANSWERS: Final = "Boxoffice/Answers"
# The API as a whole: a call that reaches no function is counted by none.
ANY_FAILURE: Final = "api-5xx"
_STEPS: Final = {
    "canary": codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
    "all_at_once": codedeploy.LambdaDeploymentConfig.ALL_AT_ONCE,
}


def release(function: DomainFunction, environment: Environment) -> lambda_.IFunction:
    """What the API is to call: the function itself where the environment has no releases, else its
    alias `live`.

    A new version then gets the traffic as the environment says. It loses it again, and the
    deployment fails, when one of its alarms rings meanwhile: `<function>-crashes`,
    `<function>-failing`, or `api-5xx`.
    """
    if environment.releases is None:
        return function
    _tell_failures(function)
    alias = lambda_.Alias(function, "Live", alias_name=ALIAS, version=function.current_version)
    group = codedeploy.LambdaDeploymentGroup(
        function,
        "Release",
        alias=alias,
        deployment_config=_STEPS[environment.releases],
        alarms=_alarms(function, environment),
        auto_rollback=codedeploy.AutoRollbackConfig(
            failed_deployment=True, stopped_deployment=True, deployment_in_alarm=True
        ),
    )
    acknowledge(
        group.node.find_child("ServiceRole"),
        "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
        "AWSCodeDeployRoleForLambdaLimited]",
        "It is what CodeDeploy asks for to move aliases, and the least that AWS has for it.",
    )
    return alias


def answered(role: str) -> str:
    """The metric whose average is the share of a function's requests that failed."""
    return f"{role}-failed"


def _tell_failures(function: DomainFunction) -> None:
    """A one for each request that the function answered with a 5xx, and a nought for each other, as
    `functions/shared/api.py` logs them: so their average is a share, and an alarm needs no sum.
    """
    for name, compared, value in (("Failed", ">=", "1"), ("Answered", "<", "0")):
        logs.MetricFilter(
            function,
            name,
            log_group=function.log_group,
            filter_pattern=logs.FilterPattern.all(
                logs.FilterPattern.string_value("$.message", "=", "request"),
                logs.FilterPattern.number_value("$.status", compared, 500),
            ),
            metric_namespace=ANSWERS,
            metric_name=answered(function.short_name.partition("-")[2]),
            metric_value=value,
            dimensions={"service": "$.service"},
        )


def released_name(name: str, environment: Environment) -> str:
    """Another stack's function as the API calls it."""
    return name if environment.releases is None else f"{name}:{ALIAS}"


def _alarms(scope: DomainFunction, environment: Environment) -> list[cloudwatch.IAlarm]:
    """Another stack's, by name: CodeDeploy looks at them when there is something to move."""
    prefix = environment.names.prefix
    names = (f"{scope.short_name}-crashes", f"{scope.short_name}-failing", ANY_FAILURE)
    return [
        cloudwatch.Alarm.from_alarm_name(scope, f"Alarm{number}", f"{prefix}-{name}")
        for number, name in enumerate(names)
    ]
