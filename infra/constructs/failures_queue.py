"""Where a message goes that nothing could handle: kept for two weeks, watched by an alarm."""

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.acknowledged import acknowledge
from infra.constructs.data_key import encrypt
from infra.environments import Environment


class FailuresQueue(sqs.Queue):
    """`of_queue`: what it takes comes from another queue."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        name: str,
        of_queue: bool = False,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            queue_name=name,
            retention_period=Duration.days(14),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
        )
        encrypt(self, environment)
        if not of_queue:
            acknowledge(self, "SQS3", "It takes what a function, a rule or a saga gave up itself.")
