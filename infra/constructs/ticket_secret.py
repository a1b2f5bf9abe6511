"""What ticket codes are signed with: seeds, the newest first, and whoever makes the next one."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.constructs.data_key import encrypt
from infra.constructs.domain_function import DomainFunction
from infra.constructs.removal import removal_policy
from infra.environments import Environment
from infra.timeouts import TASK_SECONDS


class TicketSecret(secretsmanager.Secret):
    """Made with one seed; `orders-rotation` puts another before it as often as the environment
    says.
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(
            scope,
            construct_id,
            description="The seeds of the keys that sign tickets, the newest first",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=64, exclude_punctuation=True
            ),
            removal_policy=removal_policy(environment),
        )
        encrypt(self, environment)
        rotation = DomainFunction(
            scope,
            "Rotation",
            environment=environment,
            domain="orders",
            role="rotation",
            timeout_seconds=TASK_SECONDS,
        )
        rotation.add_to_role_policy(
            iam.PolicyStatement(
                actions=[
                    "secretsmanager:DescribeSecret",
                    "secretsmanager:GetSecretValue",
                    "secretsmanager:PutSecretValue",
                    "secretsmanager:UpdateSecretVersionStage",
                ],
                resources=[self.secret_arn],
            )
        )
        if environment.secret_rotation_days is None:
            return
        rotation.add_permission(
            "SecretsManager",
            principal=iam.ServicePrincipal("secretsmanager.amazonaws.com"),
            source_account=Stack.of(self).account,
        )
        # Not the construct for it, which asks for more than the function does.
        schedule = secretsmanager.CfnRotationSchedule(
            self,
            "Schedule",
            secret_id=self.secret_arn,
            rotation_lambda_arn=rotation.function_arn,
            rotation_rules=secretsmanager.CfnRotationSchedule.RotationRulesProperty(
                schedule_expression=f"rate({environment.secret_rotation_days} days)"
            ),
            # It is as new as can be.
            rotate_immediately_on_update=False,
        )
        schedule.node.add_dependency(rotation)

    def serve(self, function: DomainFunction) -> None:
        """Let a function sign and read ticket codes."""
        function.add_environment("TICKET_SECRET_ARN", self.secret_arn)
        self.grant_read(function)
