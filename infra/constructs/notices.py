"""How payment providers tell payments what became of a charge."""

import json

from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.constructs.acknowledged import acknowledge
from infra.constructs.data_key import encrypt
from infra.constructs.domain_database import DomainDatabase
from infra.constructs.domain_function import DomainFunction
from infra.constructs.queue_consumer import QueueConsumer
from infra.constructs.release import release
from infra.constructs.removal import removal_policy
from infra.environments import Environment
from infra.timeouts import API_SECONDS, STREAM_SECONDS


class Notices(Construct):
    """`payments-webhooks` takes a provider's notices and puts them on a queue, in no network and
    with no database that could make it wait; `payments-notices` acts on them.

    `reader` is the second. What providers sign with is a secret `{"<provider>": "one another"}`:
    the simulator's is made here, Stripe's is put in by whoever registers the webhook there.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        database: DomainDatabase,
    ) -> None:
        super().__init__(scope, construct_id)
        self.secrets = secretsmanager.Secret(
            self,
            "Secrets",
            description="What payment providers sign their webhooks with",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template=json.dumps({"stripe": ""}),
                generate_string_key="simulator",
                password_length=64,
                exclude_punctuation=True,
            ),
            removal_policy=removal_policy(environment),
        )
        encrypt(self.secrets, environment)
        acknowledge(
            self.secrets,
            "SMG4",
            "What a provider signs with is made anew at the provider, by whoever keeps the account;"
            " old and new are both good in between (infra/README.md).",
        )
        self.reader = DomainFunction(
            self,
            "Reader",
            environment=environment,
            domain="payments",
            role="notices",
            timeout_seconds=STREAM_SECONDS,
            database=database,
        )
        consumer = QueueConsumer(
            self,
            "Consumer",
            environment=environment,
            function=self.reader,
            domain="payments",
            role="notices",
        )
        webhooks = DomainFunction(
            self,
            "Webhooks",
            environment=environment,
            domain="payments",
            role="webhooks",
            timeout_seconds=API_SECONDS,
        )
        release(webhooks, environment)
        webhooks.add_environment("WEBHOOK_SECRETS_ARN", self.secrets.secret_arn)
        self.secrets.grant_read(webhooks)
        webhooks.may_send(consumer.queue, "NOTICES_QUEUE_URL")


class LateCharges(Construct):
    """`payments-simulator`: what the simulator's late charges come to, told like any provider's
    notice.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        database: DomainDatabase,
        secrets: secretsmanager.ISecret,
    ) -> None:
        super().__init__(scope, construct_id)
        function = DomainFunction(
            self,
            "Simulator",
            environment=environment,
            domain="payments",
            role="simulator",
            handler="functions.payments.late_charges.handler",
            timeout_seconds=STREAM_SECONDS,
            database=database,
        )
        function.add_environment("WEBHOOK_SECRETS_ARN", secrets.secret_arn)
        secrets.grant_read(function)
        function.may_invoke("payments", "webhooks")
        self.queue = QueueConsumer(
            self,
            "Consumer",
            environment=environment,
            function=function,
            domain="payments",
            role="simulator",
        ).queue
