"""The keys access tokens are signed with. The private halves never leave KMS."""

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.constructs.acknowledged import acknowledge
from infra.constructs.arns import any_key_arn
from infra.constructs.domain_function import DomainFunction
from infra.constructs.removal import removal_policy
from infra.environments import Environment

# In the direction in which a rotation moves a key, so that whoever reads them one by one while it
# does misses none.
PLACES: Final = ("next", "current", "previous")


class TokenKeys(Construct):
    """The first key, and the alias that says that it signs. `make rotate-keys` makes all further
    ones and moves the aliases on (`functions/users/token_keys.py`).

    Neither the key nor the alias may ever change here: CloudFormation would put the alias back to
    the first key, or look for that in vain.
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        self._issuer = environment.names.token_issuer
        self._aliases = [environment.names.token_key(place) for place in PLACES]
        self._current = environment.names.token_key("current")
        key = kms.Key(
            self,
            "First",
            description=f"Signs the access tokens of {environment.names.prefix}",
            key_spec=kms.KeySpec.ECC_NIST_P256,
            key_usage=kms.KeyUsage.SIGN_VERIFY,
            removal_policy=removal_policy(environment),
            pending_window=Duration.days(30 if environment.retains_data else 7),
        )
        kms.Alias(
            self,
            "Current",
            alias_name=self._current,
            target_key=key,
            removal_policy=removal_policy(environment),
        )

    def verify_for(self, function: DomainFunction) -> None:
        """Let the function read the public halves, by which it knows a good token."""
        self._serve(function, "kms:GetPublicKey")

    def sign_for(self, function: DomainFunction) -> None:
        """Let the function issue tokens too."""
        function.add_environment("TOKEN_SIGNING_KEY_ID", self._current)
        self._serve(function, "kms:GetPublicKey", "kms:Sign")

    def _serve(self, function: DomainFunction, *actions: str) -> None:
        function.add_environment("TOKEN_KEY_IDS", ",".join(self._aliases))
        function.add_environment("TOKEN_ISSUER", self._issuer)
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=list(actions),
                resources=[any_key_arn(function)],
                # All three, to sign too: an alias that has just moved takes IAM minutes to notice.
                conditions={"ForAnyValue:StringEquals": {"kms:ResourceAliases": self._aliases}},
            )
        )
        account = "<AWS::Partition>:kms:<AWS::Region>:<AWS::AccountId>"
        if function.role is not None:
            acknowledge(
                function.role,
                f"IAM5[Resource::arn:{account}:key/*]",
                "Only keys behind the aliases of token keys; their ids change with each rotation.",
            )
