"""By what the API knows the edge: a secret that CloudFront adds to each request, as an API key."""

from aws_cdk import Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.constructs.acknowledged import acknowledge
from infra.constructs.data_key import encrypt
from infra.edge import Edge
from infra.environments import Environment


class EdgeKeys(Construct):
    """The API's methods ask for one of these keys; `sent` is the one that the edge is to send.

    A key keeps people from coming around the edge, and says nothing of who they are. API Gateway
    compares it before any function is called; a request without one is a 403.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        edge: Edge,
        api: apigateway.RestApi,
    ) -> None:
        super().__init__(scope, construct_id)
        plan = apigateway.UsagePlan(
            self,
            "Plan",
            name=f"{environment.names.prefix}-edge",
            # No quota and no throttle: all clients come by this one key.
            api_stages=[apigateway.UsagePlanPerApiStage(api=api, stage=api.deployment_stage)],
        )
        secrets = {}
        for number in edge.keys:
            secret = secretsmanager.Secret(
                self,
                f"Secret{number}",
                description="What the edge shows the API",
                generate_secret_string=secretsmanager.SecretStringGenerator(
                    password_length=48, exclude_punctuation=True
                ),
            )
            encrypt(secret, environment)
            acknowledge(
                secret,
                "SMG4",
                "CloudFront and API Gateway have a copy each, so it is replaced by two deployments"
                " (docs/operations.md).",
            )
            plan.add_api_key(
                apigateway.ApiKey(
                    self,
                    f"Key{number}",
                    api_key_name=f"{environment.names.prefix}-edge-{number}",
                    # CloudFormation looks it up when it deploys; the template does not have it.
                    value=secret.secret_value.unsafe_unwrap(),
                )
            )
            # While a key is good, the edge may read it: until it is deployed itself, a moment after
            # the API, it sends the one before, and what it reads can't be taken away.
            Stack.of(self).export_value(secret.secret_arn)
            secrets[number] = secret
        self.sent = secrets[edge.keys[0]]
