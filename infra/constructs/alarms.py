"""Alarms: one sentence each, all rung on one topic."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs.data_key import encrypt
from infra.constructs.release import ANSWERS, answered
from infra.environments import Environment

_ABOVE: Final = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
_NOT_ABOVE: Final = cloudwatch.ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD


class Alarms(Construct):
    """Whoever is on call subscribes to `topic`. `rung` are those of which there is one."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        self._prefix = environment.names.prefix
        self.rung: list[cloudwatch.IAlarm] = []
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
        until_it_is_over: bool = False,
    ) -> None:
        """Ring when the metric was above a limit in each of the last minutes.

        No data is fine; or, `until_it_is_over`, as it was: for what is seldom looked at.
        """
        silence = cloudwatch.TreatMissingData
        self._make(
            name,
            why,
            metric,
            comparison_operator=_ABOVE,
            threshold=above,
            evaluation_periods=minutes,
            treat_missing_data=silence.IGNORE if until_it_is_over else silence.NOT_BREACHING,
        )

    def miss(self, name: str, why: str, metric: cloudwatch.Metric, *, hours: int) -> None:
        """Ring when nothing was counted in any of the last hours: no data is the fault itself."""
        self._make(
            name,
            why,
            metric.with_(period=Duration.hours(1)),
            comparison_operator=_NOT_ABOVE,
            threshold=0,
            evaluation_periods=hours,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )

    def _make(
        self,
        name: str,
        why: str,
        metric: cloudwatch.Metric,
        *,
        comparison_operator: cloudwatch.ComparisonOperator,
        threshold: float,
        evaluation_periods: int,
        treat_missing_data: cloudwatch.TreatMissingData,
    ) -> None:
        alarm = metric.create_alarm(
            self,
            "".join(word.capitalize() for word in name.split("-")),
            alarm_name=f"{self._prefix}-{name}",
            alarm_description=why,
            comparison_operator=comparison_operator,
            threshold=threshold,
            evaluation_periods=evaluation_periods,
            treat_missing_data=treat_missing_data,
        )
        alarm.add_alarm_action(self._ring)
        self.rung.append(alarm)


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


def greatest(domain: str, name: str) -> cloudwatch.Metric:
    """The greatest value of one of our functions' own metrics."""
    return metric("Boxoffice", name, {"service": domain}, "Maximum")


def of_function(name: str, function: str, statistic: str = "Sum") -> cloudwatch.Metric:
    """What Lambda itself counts of a function."""
    return metric("AWS/Lambda", name, {"FunctionName": function}, statistic)


def share_failed(domain: str, role: str) -> cloudwatch.Metric:
    """Of the requests that a released function answered, the part that it answered with a 5xx."""
    return metric(ANSWERS, answered(role), {"service": domain}, "Average")


def given_up(queue: str) -> cloudwatch.Metric:
    """How many messages came to a queue of failures, in five minutes."""
    sent = metric("AWS/SQS", "NumberOfMessagesSent", {"QueueName": queue})
    return sent.with_(period=Duration.minutes(5))


def queue_depth(queue: str) -> cloudwatch.Metric:
    """How many messages wait in a queue."""
    name = "ApproximateNumberOfMessagesVisible"
    return metric("AWS/SQS", name, {"QueueName": queue}, "Maximum")
