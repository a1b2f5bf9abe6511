"""A database on a Postgres server that is there already, opened by a password."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from infra.constructs.domain_database import AUDITED, AUDITOR, DomainDatabase
from infra.environments import PlainPostgres


class PlainDatabase:
    """Reachable from anywhere, so functions need no network of their own."""

    placement = None

    def __init__(self, server: PlainPostgres) -> None:
        self._server = server
        self.audited: DomainDatabase = _Audited(server)

    def serve(self, function: lambda_.Function, domain: str) -> None:
        settings = {
            "DATABASE_HOST": self._server.host,
            "DATABASE_PORT": str(self._server.port),
            "DATABASE_NAME": domain,
            "DATABASE_USER": domain,
            "DATABASE_PASSWORD": self._server.password,
        }
        for name, value in settings.items():
            function.add_environment(name, value)

    def admit(self, role: iam.Role, user: str) -> None:
        """The server asks for a password, not for a right."""


class _Audited:
    """The auditor signs in there by the same password as everybody."""

    placement = None

    def __init__(self, server: PlainPostgres) -> None:
        self._server = server

    def serve(self, function: lambda_.Function, _domain: str) -> None:
        server = self._server
        function.add_environment(
            "AUDIT_DATABASE_URL",
            f"postgresql+pg8000://{AUDITOR}:{server.password}@{server.host}:{server.port}/{AUDITED}",
        )

    def admit(self, role: iam.Role, user: str) -> None:
        """The server asks for a password, not for a right."""
