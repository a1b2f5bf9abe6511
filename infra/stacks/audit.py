"""As whom the audit reads: a role that can do nothing else, for people and schedules to take."""

from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.arns import table_arn
from infra.constructs.domain_database import DomainDatabase
from infra.environments import Environment

# What `functions/audit/tables.py` calls.
READING: Final = ("dynamodb:Scan", "dynamodb:Query", "dynamodb:BatchGetItem")
DATABASE_USER: Final = "auditor"


class AuditStack(Stack):
    def __init__(
        self, scope: Construct, environment: Environment, *, database: DomainDatabase
    ) -> None:
        super().__init__(scope, environment.names.stack("audit"))
        role = iam.Role(
            self,
            "Auditor",
            role_name=environment.names.auditor,
            description="Reads what the audit reads, and does nothing else",
            # Whom of this account is for the account to say, by who may take the role.
            assumed_by=iam.AccountRootPrincipal(),
        )
        seating, orders = (
            table_arn(self, environment.names.table(domain)) for domain in ("seating", "orders")
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=list(READING), resources=[seating, orders, f"{orders}/index/byUser"]
            )
        )
        database.admit(role, DATABASE_USER)
