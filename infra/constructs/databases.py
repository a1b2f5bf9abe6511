"""Databases, roles and tables, made and brought up to date by each deployment."""

import hashlib
from typing import Final

from aws_cdk import CustomResource, Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import ROOT
from infra.constructs.aurora_database import AuroraDatabase
from infra.constructs.domain_database import Place
from infra.constructs.domain_function import DomainFunction
from infra.constructs.private_network import PrivateNetwork
from infra.environments import SQL_DOMAINS, Environment
from infra.timeouts import MIGRATION_SECONDS

_FUNCTIONS: Final = ROOT / "functions"
# What makes the databases what they are, out of `functions/`.
HISTORIES: Final = (*(f"{domain}/migrations" for domain in SQL_DOMAINS), "audit/auditor.sql")
# Two tries, if CloudFormation could not be told of the first.
_ANSWERED_WITHIN: Final = Duration.seconds(2 * MIGRATION_SECONDS + 120)


class Databases(Construct):
    """Stacks that come after this one find all tables as their code expects them.

    A deployment whose migrations fail leaves each database at the revision it had or a newer one,
    which the code that is there can live with, and does not reach any domain's functions.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        database: AuroraDatabase,
        network: PrivateNetwork,
    ) -> None:
        super().__init__(scope, construct_id)
        migrator = DomainFunction(
            self,
            "Migrator",
            environment=environment,
            domain="databases",
            role="migrator",
            timeout_seconds=MIGRATION_SECONDS,
            beside=HISTORIES,
            database=_AsOwner(self, database, network),
        )
        made = CustomResource(
            self,
            "Made",
            resource_type="Custom::Databases",
            service_token=migrator.function_arn,
            service_timeout=_ANSWERED_WITHIN,
            # Another digest, another call.
            properties={"Histories": _digest()},
        )
        # It needs somebody to sign in to, the way there, and the right.
        made.node.add_dependency(database, network, migrator)


class _AsOwner:
    """The cluster as its owner sees it; who stands where the owner stands is nobody else."""

    def __init__(self, scope: Construct, database: AuroraDatabase, network: PrivateNetwork) -> None:
        self._database = database
        self.placement = Place(
            network.vpc,
            network.subnets,
            ec2.SecurityGroup(
                scope,
                "Owner",
                vpc=network.vpc,
                description="Whoever signs in as the owner of the cluster",
                allow_all_outbound=True,
                allow_all_ipv6_outbound=True,
            ),
        )

    def serve(self, function: lambda_.Function, _domain: str) -> None:
        self._database.serve_owner(function, self.placement.security_group)

    def admit(self, role: iam.Role, user: str) -> None:
        self._database.admit(role, user)


def _digest() -> str:
    """Of all that the migrator reads, and of the migrator."""
    digest = hashlib.sha256()
    for place in (*HISTORIES, "databases"):
        path = _FUNCTIONS / place
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.suffix in {".py", ".sql"} and "tests" not in file.parts:
                digest.update(f"{file.relative_to(_FUNCTIONS)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:32]
