"""The way to Stripe: a function outside every network, and the key that it alone may read."""

from typing import Final

from aws_cdk import SecretValue
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.constructs.acknowledged import acknowledge
from infra.constructs.data_key import encrypt
from infra.constructs.domain_function import DomainFunction
from infra.constructs.removal import removal_policy
from infra.environments import Environment
from infra.timeouts import PROVIDER_SECONDS

# What a secret is made with; whoever runs the environment puts the real key in, once.
_TO_BE_PUT_IN: Final = ""


class StripeLine(Construct):
    """`payments-provider`, and the secret `boxoffice/<environment>/stripe` that it reads.

    The secret is `{"apiKey": "sk_..."}`, made without the key; until somebody puts it in, nothing
    is charged. A later deployment leaves it as it is.
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        key = secretsmanager.Secret(
            self,
            "Key",
            secret_name=environment.names.stripe_secret,
            description="The key to our account at Stripe",
            secret_object_value={"apiKey": SecretValue.unsafe_plain_text(_TO_BE_PUT_IN)},
            removal_policy=removal_policy(environment),
        )
        encrypt(key, environment)
        acknowledge(
            key,
            "SMG4",
            "The key is made at Stripe, by whoever keeps the account there (infra/README.md).",
        )
        function = DomainFunction(
            self,
            "Function",
            environment=environment,
            domain="payments",
            role="provider",
            timeout_seconds=PROVIDER_SECONDS,
        )
        function.add_environment("STRIPE_KEY_ARN", key.secret_arn)
        if environment.stripe_api is not None:
            function.add_environment("STRIPE_API", environment.stripe_api)
        key.grant_read(function)

    def serve(self, function: DomainFunction) -> None:
        """Let a function of payments charge by Stripe."""
        function.may_invoke("payments", "provider")
