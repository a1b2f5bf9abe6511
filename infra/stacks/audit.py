"""The audit: the role that it reads as, and the schedule by which it runs."""

from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.arns import table_arn
from infra.constructs.domain_database import AUDITOR, AuditedDatabase
from infra.constructs.domain_function import DomainFunction
from infra.constructs.failures_queue import FailuresQueue
from infra.constructs.regularly import Regularly
from infra.environments import Environment
from infra.timeouts import AUDIT_SECONDS

# What `functions/audit/tables.py` calls.
READING: Final = ("dynamodb:Scan", "dynamodb:Query", "dynamodb:BatchGetItem")
# It holds all that it has read: some 200,000 seats that were sold (functions/audit/README.md).
MEMORY_MB: Final = 3_008


class AuditStack(Stack):
    def __init__(
        self, scope: Construct, environment: Environment, *, database: AuditedDatabase
    ) -> None:
        super().__init__(scope, environment.names.stack("audit"))
        names = environment.names
        auditor = iam.Role(
            self,
            "Auditor",
            role_name=names.auditor,
            description="Reads what the audit reads, and does nothing else",
            # Whom of this account is for the account to say, by who may take the role.
            assumed_by=iam.AccountRootPrincipal(),
        )
        tables = {domain: names.table(domain) for domain in ("seating", "orders")}
        seating, orders = (table_arn(self, table) for table in tables.values())
        auditor.add_to_policy(
            iam.PolicyStatement(
                actions=list(READING), resources=[seating, orders, f"{orders}/index/byUser"]
            )
        )
        database.audited.admit(auditor, AUDITOR)

        tasks = DomainFunction(
            self,
            "Tasks",
            environment=environment,
            domain="audit",
            role="tasks",
            timeout_seconds=AUDIT_SECONDS,
            memory_mb=MEMORY_MB,
            database=database.audited,
        )
        for domain, table in tables.items():
            tasks.add_environment(f"AUDIT_{domain}_TABLE".upper(), table)
        tasks.add_environment("AUDIT_ROLE_ARN", auditor.role_arn)
        # By itself it may read nothing.
        tasks.add_to_role_policy(
            iam.PolicyStatement(actions=["sts:AssumeRole"], resources=[auditor.role_arn])
        )
        Regularly(
            self,
            "Regularly",
            function=tasks,
            task="audit_stores",
            schedule=environment.audits,
            failures=FailuresQueue(
                self,
                "Failures",
                environment=environment,
                name=names.failures("audit", "tasks"),
            ),
        )
