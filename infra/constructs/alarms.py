"""Alarms: one sentence each, all rung on one topic."""

from collections.abc import Mapping

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs.data_key import encrypt
from infra.environments import Environment


class Alarms(Construct):
    """Whoever is on call subscribes to `topic`."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        self._prefix = environment.names.prefix
        topic = sns.Topic(self, "Topic", topic_name=f"{self._prefix}-alarms", enforce_ssl=True)
        encrypt(topic, environment)
        # A topic with a policy of its own admits nobody that the policy does not name.
        topic.grant_publish(
            iam.ServicePrincipal(
                "cloudwatch.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        self._ring = actions.SnsAction(topic)

    def ring(
        self,
        name: str,
        why: str,
        metric: cloudwatch.Metric,
        *,
        above: float = 0,
        minutes: int = 1,
    ) -> None:
        """Ring when the metric was above a limit in each of the last minutes; no data is fine."""
        alarm = metric.create_alarm(
            self,
            "".join(word.capitalize() for word in name.split("-")),
            alarm_name=f"{self._prefix}-{name}",
            alarm_description=why,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            threshold=above,
            evaluation_periods=minutes,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._ring)


def metric(
    namespace: str, name: str, dimensions: Mapping[str, str], statistic: str = "Sum"
) -> cloudwatch.Metric:
    """A metric a minute."""
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map=dict(dimensions),
        statistic=statistic,
        period=Duration.minutes(1),
    )


def counted(domain: str, name: str, **dimensions: str) -> cloudwatch.Metric:
    """One of our functions' own counters; the domain is always among its dimensions."""
    return metric("Boxoffice", name, {"service": domain, **dimensions})


def queue_depth(queue: str) -> cloudwatch.Metric:
    """How many messages wait in a queue."""
    name = "ApproximateNumberOfMessagesVisible"
    return metric("AWS/SQS", name, {"QueueName": queue}, "Maximum")
