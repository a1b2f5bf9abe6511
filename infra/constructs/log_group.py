"""A log group that keeps its lines as long as the environment says, and goes with its stack."""

from typing import Final

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.data_key import data_key
from infra.environments import Environment

_RETENTION: Final = {
    1: logs.RetentionDays.ONE_DAY,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    180: logs.RetentionDays.SIX_MONTHS,
}


class OwnLogGroup(logs.LogGroup):
    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, name: str
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            log_group_name=name,
            encryption_key=data_key(scope, environment),
            retention=_RETENTION[environment.log_retention_days],
            removal_policy=RemovalPolicy.DESTROY,
        )
