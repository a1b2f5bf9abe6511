"""A function fed by another domain's events."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_destinations as destinations
from constructs import Construct

from infra.constructs.domain_function import DomainFunction
from infra.constructs.failures_queue import FailuresQueue
from infra.environments import Environment
from infra.timeouts import STREAM_SECONDS


class EventConsumer(Construct):
    """`<domain>-events`: is called for each event of this kind, at least once, in no fixed order.

    An event that does not reach the function, or that the function fails on three times, goes to
    the queue of failures.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        domain: str,
        source: str,
        detail_type: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = DomainFunction(
            self,
            "Function",
            environment=environment,
            domain=domain,
            role="events",
            timeout_seconds=STREAM_SECONDS,
        )
        failures = FailuresQueue(
            self,
            "Failures",
            environment=environment,
            name=environment.names.failures(domain, "events"),
        )
        self.function.configure_async_invoke(
            retry_attempts=2,
            max_event_age=Duration.hours(6),
            on_failure=destinations.SqsDestination(failures),
        )
        events.Rule(
            self,
            "Rule",
            description=f"{source}'s {detail_type} to {domain}",
            event_bus=events.EventBus.from_event_bus_name(self, "Bus", environment.names.bus),
            event_pattern=events.EventPattern(source=[source], detail_type=[detail_type]),
            targets=[targets.LambdaFunction(self.function, dead_letter_queue=failures)],
        )
