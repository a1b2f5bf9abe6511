"""The keys access tokens are signed with. The private halves never leave KMS."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.constructs.domain_function import DomainFunction
from infra.constructs.removal import removal_policy
from infra.environments import Environment


class TokenKeys(Construct):
    """The first key signs; all of them verify, so that a key can be replaced without a gap."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        self._issuer = environment.names.token_issuer
        key = kms.Key(
            self,
            "First",
            description=f"Signs the access tokens of {environment.names.prefix}",
            key_spec=kms.KeySpec.ECC_NIST_P256,
            key_usage=kms.KeyUsage.SIGN_VERIFY,
            removal_policy=removal_policy(environment),
            pending_window=Duration.days(30 if environment.retains_data else 7),
        )
        self._arns = [key.key_arn]

    def verify_for(self, function: DomainFunction) -> None:
        """Let the function read the public halves, by which it knows a good token."""
        self._serve(function, "kms:GetPublicKey")

    def sign_for(self, function: DomainFunction) -> None:
        """Let the function issue tokens too."""
        self._serve(function, "kms:GetPublicKey", "kms:Sign")

    def _serve(self, function: DomainFunction, *actions: str) -> None:
        function.add_environment("TOKEN_KEY_IDS", ",".join(self._arns))
        function.add_environment("TOKEN_ISSUER", self._issuer)
        function.add_to_role_policy(
            iam.PolicyStatement(actions=list(actions), resources=self._arns)
        )
