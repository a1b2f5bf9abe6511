"""The key of our own that kept data is encrypted with, where the environment has one.

Who may read data may have it decrypted: the key's policy lets every principal of the account use it
through the services that keep data, and through nothing else, as AWS's own keys do. So no function
is granted the key, and a right to a table can't be had without the right to read it.
"""

from typing import Any, Final, cast

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.removal import removal_policy
from infra.environments import Environment

_ID: Final = "DataKey"
_KEEPERS: Final = ("dynamodb", "secretsmanager", "sns", "sqs")
# They write to a queue or a topic, or keep logs, in no principal's name.
_WRITERS: Final = ("budgets", "cloudwatch", "events")
_USES: Final = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


class DataKey(kms.Key):
    """One for everything the environment keeps; KMS makes its material anew each year."""

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        super().__init__(
            scope,
            _ID,
            alias=f"{environment.names.prefix}-data",
            description=f"Encrypts what {environment.names.prefix} keeps",
            enable_key_rotation=True,
            removal_policy=removal_policy(environment),
        )
        stack = Stack.of(self)
        through = [f"{keeper}.{stack.region}.amazonaws.com" for keeper in _KEEPERS]
        self._admit(
            iam.AnyPrincipal(),
            StringEquals={"kms:CallerAccount": stack.account, "kms:ViaService": through},
        )
        for writer in _WRITERS:
            self._admit(
                iam.ServicePrincipal(f"{writer}.amazonaws.com"),
                StringEquals={"aws:SourceAccount": stack.account},
            )
        groups = stack.format_arn(service="logs", resource="*")
        self._admit(
            iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com"),
            ArnLike={"kms:EncryptionContext:aws:logs:arn": groups},
        )

    def _admit(self, principal: iam.IPrincipal, **conditions: dict[str, Any]) -> None:
        self.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[principal],
                actions=list(_USES),
                resources=["*"],
                conditions=conditions,
            )
        )


def data_key(scope: Construct, environment: Environment) -> kms.IKey | None:
    """The environment's own key, made by its platform stack; None where AWS's keys do."""
    if not environment.own_data_key:
        return None
    platform = scope.node.root.node.find_child(environment.names.stack("platform"))
    return cast("DataKey", platform.node.find_child(_ID))


def encrypt(
    kept: dynamodb.Table | sqs.Queue | sns.Topic | secretsmanager.Secret, environment: Environment
) -> None:
    """Encrypt something with the environment's own key, if it has one.

    Told to the resource and not to the construct, which would grant the key to whoever is granted
    the data, and more of it than is needed.
    """
    key = data_key(kept, environment)
    if key is None:
        return
    match kept.node.default_child:
        case dynamodb.CfnTable() as table:
            table.sse_specification = dynamodb.CfnTable.SSESpecificationProperty(
                sse_enabled=True, sse_type="KMS", kms_master_key_id=key.key_arn
            )
        case sqs.CfnQueue() as queue:
            queue.sqs_managed_sse_enabled = None
            queue.kms_master_key_id = key.key_arn
            # A data key for an hour, not for five minutes: fewer calls to KMS.
            queue.kms_data_key_reuse_period_seconds = 3_600
        case sns.CfnTopic() as topic:
            topic.kms_master_key_id = key.key_arn
        case secretsmanager.CfnSecret() as secret:
            secret.kms_key_id = key.key_arn
        case resource:
            raise TypeError(f"No way is known to encrypt {resource}.")
