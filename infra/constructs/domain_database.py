"""A domain's Postgres database, as its functions see it: settings, the way there, and the right."""

from dataclasses import dataclass
from typing import Final, Protocol

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

# Which database the audit reads, and the user of it who may only read.
AUDITED: Final = "payments"
AUDITOR: Final = "auditor"


class Placement(Protocol):
    """Where in a network a function must stand to reach its database."""

    @property
    def vpc(self) -> ec2.IVpc: ...
    @property
    def subnets(self) -> ec2.SubnetSelection: ...
    @property
    def security_group(self) -> ec2.ISecurityGroup: ...


@dataclass(frozen=True)
class Place:
    """A placement with a security group of its own."""

    vpc: ec2.IVpc
    subnets: ec2.SubnetSelection
    security_group: ec2.ISecurityGroup


class DomainDatabase(Protocol):
    """The database named after a domain, which the role of the same name owns."""

    @property
    def placement(self) -> Placement | None:
        """None where the database is reachable from anywhere."""
        ...

    def serve(self, function: lambda_.Function, domain: str) -> None:
        """Tell the function where its domain's database is, and let it in."""
        ...

    def admit(self, role: iam.Role, user: str) -> None:
        """Let a role sign in as this user of the server, which says what that user may do."""
        ...


class AuditedDatabase(DomainDatabase, Protocol):
    """Beside that, it can be audited."""

    @property
    def audited(self) -> DomainDatabase:
        """What the audit reads of it, as the user who may only read."""
        ...
