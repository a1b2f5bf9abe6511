"""A function fed by a table's stream."""

import json

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from constructs import Construct

from infra.constructs.domain_function import DomainFunction
from infra.constructs.domain_table import DomainTable
from infra.constructs.failures_queue import FailuresQueue
from infra.environments import Environment
from infra.stream_filters import STREAM_FILTERS
from infra.timeouts import STREAM_SECONDS


class StreamConsumer(Construct):
    """`<domain>-streams`: sees each change of the domain's table that `stream_filters.py` lets
    through, at least once.

    A batch that fails is halved until the bad record stands alone. That one is retried a hundred
    times, or until it is too old; then its place in the stream is put on the queue of failures.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        domain: str,
        table: DomainTable,
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = DomainFunction(
            self,
            "Function",
            environment=environment,
            domain=domain,
            role="streams",
            timeout_seconds=STREAM_SECONDS,
        )
        failures = FailuresQueue(
            self,
            "Failures",
            environment=environment,
            name=environment.names.failures(domain, "streams"),
        )
        self.function.add_event_source(
            sources.DynamoEventSource(
                table,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=100,
                filters=[{"pattern": json.dumps(each)} for each in STREAM_FILTERS[domain]],
                bisect_batch_on_error=True,
                report_batch_item_failures=True,
                retry_attempts=100,
                max_record_age=Duration.seconds(environment.max_record_age_seconds),
                on_failure=sources.SqsDlq(failures),
            )
        )
