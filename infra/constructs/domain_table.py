"""A domain's table: one table a domain, generic keys, a stream of what changed."""

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.data_key import encrypt
from infra.constructs.domain_function import DomainFunction
from infra.constructs.removal import removal_policy
from infra.environments import Environment
from infra.table_rights import TABLE_RIGHTS


class DomainTable(dynamodb.Table):
    """Keys `PK` and `SK`, both strings; paid by the request; every change is on its stream.

    `time_to_live` names the attribute, epoch seconds as a Number, after which an item may go.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        domain: str,
        time_to_live: str | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            table_name=environment.names.table(domain),
            partition_key=_text("PK"),
            sort_key=_text("SK"),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            time_to_live_attribute=time_to_live,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=environment.point_in_time_recovery
            ),
            deletion_protection=environment.deletion_protection,
            removal_policy=removal_policy(environment),
        )
        encrypt(self, environment)

    def add_index(
        self,
        name: str,
        number: int,
        projection: dynamodb.ProjectionType = dynamodb.ProjectionType.ALL,
    ) -> None:
        """An index on `GSI<number>PK` and `GSI<number>SK`: items without them are not in it."""
        self.add_global_secondary_index(
            index_name=name,
            partition_key=_text(f"GSI{number}PK"),
            sort_key=_text(f"GSI{number}SK"),
            projection_type=projection,
        )

    def serve(self, function: DomainFunction) -> None:
        """Tell the function the table's name and let it do what `table_rights.py` says of it."""
        rights = TABLE_RIGHTS[function.short_name]
        function.add_environment("TABLE_NAME", self.table_name)
        items = iam.PolicyStatement(actions=list(rights.actions), resources=[self.table_arn])
        if rights.partitions:
            items.add_condition(
                "ForAllValues:StringLike",
                {"dynamodb:LeadingKeys": [f"{prefix}*" for prefix in rights.partitions]},
            )
        function.add_to_role_policy(items)
        if rights.indexes:
            indexes = [f"{self.table_arn}/index/{name}" for name in rights.indexes]
            function.add_to_role_policy(
                iam.PolicyStatement(actions=["dynamodb:Query"], resources=indexes)
            )
        if rights.scans:
            function.add_to_role_policy(
                iam.PolicyStatement(actions=["dynamodb:Scan"], resources=[self.table_arn])
            )


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
