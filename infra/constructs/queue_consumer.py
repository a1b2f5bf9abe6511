"""A function fed by a queue."""

from aws_cdk import Duration
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.data_key import encrypt
from infra.constructs.domain_function import DomainFunction
from infra.constructs.failures_queue import FailuresQueue
from infra.environments import Environment
from infra.timeouts import STREAM_SECONDS

# How often a message is delivered before it counts as one that nothing can handle. The first
# repetition comes when its invisibility ends, six times the function's own timeout (AWS's advice).
DELIVERIES = 5


class QueueConsumer(Construct):
    """`<domain>-<role>`, called for each message of the queue `...-<domain>-<role>`, one at a time.

    A message that the function fails on is delivered again, five times in all, and goes to the
    queue of failures then.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        function: DomainFunction,
        domain: str,
        role: str,
    ) -> None:
        super().__init__(scope, construct_id)
        names = environment.names
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=names.queue(domain, role),
            visibility_timeout=Duration.seconds(6 * STREAM_SECONDS),
            retention_period=Duration.days(4),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            dead_letter_queue=sqs.DeadLetterQueue(
                max_receive_count=DELIVERIES,
                queue=FailuresQueue(
                    self,
                    "Failures",
                    environment=environment,
                    name=names.failures(domain, role),
                    of_queue=True,
                ),
            ),
        )
        encrypt(self.queue, environment)
        function.add_event_source(
            sources.SqsEventSource(
                self.queue,
                # One at a time: a message that fails then repeats no other.
                batch_size=1,
                # Else Lambda receives more than the function has calls for, and to be turned away
                # counts as a delivery: a good message could end among the failures.
                max_concurrency=environment.reserved_calls.get(function.short_name),
            )
        )
