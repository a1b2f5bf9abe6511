"""The dashboard: how sales are going, and how the system bears it."""

from collections.abc import Mapping, Sequence
from typing import Final

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.constructs.graphs import headed
from infra.constructs.health_view import health
from infra.constructs.on_sale_view import on_sale
from infra.environments import Environment

_ALARM_ROWS: Final = 6


class Dashboard(Construct):
    """`machines` are the ARNs of state machines by name; `queues` keep what was given up."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        machines: Mapping[str, str],
        queues: Sequence[str],
        alarms: Sequence[cloudwatch.IAlarm],
    ) -> None:
        super().__init__(scope, construct_id)
        dashboard = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=environment.names.prefix)
        headed(dashboard, "On sale", *on_sale(environment, machines))
        state = cloudwatch.AlarmStatusWidget(
            title="Alarms", alarms=list(alarms), width=24, height=_ALARM_ROWS
        )
        headed(dashboard, "Health", (state,), *health(environment, machines, queues))
