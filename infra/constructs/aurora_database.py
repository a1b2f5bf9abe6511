"""A Postgres cluster of our own: it grows and shrinks by itself, and lets functions in by IAM."""

from typing import Final

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds
from constructs import Construct, IConstruct

from infra.constructs.data_key import data_key
from infra.constructs.domain_database import (
    AUDITED,
    AUDITOR,
    DomainDatabase,
    Place,
    Placement,
)
from infra.constructs.log_group import OwnLogGroup
from infra.constructs.private_network import PrivateNetwork
from infra.environments import SQL_DOMAINS, AuroraServerless, Environment

_ENGINE: Final = rds.DatabaseClusterEngine.aurora_postgres(
    version=rds.AuroraPostgresEngineVersion.VER_18_4
)
_PORT: Final = 5432
_OWNER: Final = "postgres"
# The soonest that Aurora does it.
_PAUSES_AFTER: Final = Duration.minutes(5)


class AuroraDatabase(Construct):
    """One cluster for all domains; each has its own database and role in it and sees no other's."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        size: AuroraServerless,
        network: PrivateNetwork,
    ) -> None:
        super().__init__(scope, construct_id)
        self.placement: Placement | None = network
        name = environment.names.prefix
        self._cluster = rds.DatabaseCluster(
            self,
            "Cluster",
            cluster_identifier=name,
            engine=_ENGINE,
            # Only what migrates the databases signs in as this one. RDS keeps its password in
            # Secrets Manager, and makes another each week.
            credentials=rds.Credentials.from_username(_OWNER),
            manage_master_user_password=True,
            iam_authentication=True,
            writer=rds.ClusterInstance.serverless_v2("Writer"),
            readers=[
                rds.ClusterInstance.serverless_v2(f"Reader{number}", scale_with_writer=True)
                for number in range(1, size.readers + 1)
            ],
            serverless_v2_min_capacity=size.min_capacity,
            serverless_v2_max_capacity=size.max_capacity,
            serverless_v2_auto_pause_duration=None if size.min_capacity else _PAUSES_AFTER,
            vpc=network.vpc,
            vpc_subnets=network.data_subnets,
            storage_encrypted=True,
            storage_encryption_key=data_key(scope, environment),
            # Nobody signs in over a line that others can read. Errors are logged without their
            # details, which quote the row they are about: a person's, often.
            parameters={"rds.force_ssl": "1", "log_error_verbosity": "terse"},
            backup=rds.BackupProps(retention=Duration.days(size.backup_days)),
            cloudwatch_logs_exports=["postgresql"],
            deletion_protection=environment.deletion_protection,
            removal_policy=(
                RemovalPolicy.SNAPSHOT if environment.retains_data else RemovalPolicy.DESTROY
            ),
        )
        _keep_log(self, environment, self._cluster, f"cluster/{name}/postgresql")
        self._proxy = _Proxy(self, environment, self._cluster, network) if size.proxied else None
        entrance = self._proxy or self._cluster
        entrance.connections.allow_from(network.security_group, ec2.Port.tcp(_PORT), "Functions")
        self.audited: DomainDatabase = _Audited(self, self._cluster, network)

    def serve(self, function: lambda_.Function, domain: str) -> None:
        host = self._proxy.endpoint if self._proxy else self._cluster.cluster_endpoint.hostname
        function.add_environment("DATABASE_HOST", host)
        function.add_environment("DATABASE_PORT", str(_PORT))
        function.add_environment("DATABASE_NAME", domain)
        function.add_environment("DATABASE_USER", domain)
        (self._proxy or self._cluster).grant_connect(function, domain)

    def serve_owner(self, function: lambda_.Function, security_group: ec2.ISecurityGroup) -> None:
        """Let a function in as the cluster's owner, past the proxy: by IAM, or by the password that
        RDS keeps.
        """
        if self._cluster.secret is None:
            raise ValueError("The cluster's owner has no password.")
        function.add_environment("CLUSTER_HOST", self._cluster.cluster_endpoint.hostname)
        function.add_environment("CLUSTER_PORT", str(_PORT))
        function.add_environment("CLUSTER_OWNER", _OWNER)
        function.add_environment("CLUSTER_OWNER_SECRET_ARN", self._cluster.secret.secret_arn)
        self._cluster.secret.grant_read(function)
        self._cluster.grant_connect(function, _OWNER)
        self._cluster.connections.allow_from(security_group, ec2.Port.tcp(_PORT), "Its owner")

    def admit(self, role: iam.Role, user: str) -> None:
        self._cluster.grant_connect(role, user)


class _Audited:
    """The cluster as the audit reaches it, from a place of its own: past the proxy, as whoever
    reads everything should not do it on functions' connections, and by IAM.
    """

    def __init__(
        self, scope: Construct, cluster: rds.DatabaseCluster, network: PrivateNetwork
    ) -> None:
        self._cluster = cluster
        security_group = ec2.SecurityGroup(
            scope,
            "Audit",
            vpc=network.vpc,
            description="Whoever audits what is stored",
            allow_all_outbound=True,
            allow_all_ipv6_outbound=True,
        )
        self.placement: Placement | None = Place(network.vpc, network.subnets, security_group)
        cluster.connections.allow_from(security_group, ec2.Port.tcp(_PORT), "The audit")

    def serve(self, function: lambda_.Function, _domain: str) -> None:
        host = self._cluster.cluster_endpoint.hostname
        address = f"postgresql+pg8000://{AUDITOR}@{host}:{_PORT}/{AUDITED}"
        function.add_environment("AUDIT_DATABASE_URL", address)

    def admit(self, role: iam.Role, user: str) -> None:
        self._cluster.grant_connect(role, user)


class _Proxy(rds.DatabaseProxy):
    """A rush makes more functions than Postgres takes connections; the proxy shares them.

    It signs in by IAM as whoever signed in to it, so no password is kept anywhere.
    """

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        cluster: rds.DatabaseCluster,
        network: PrivateNetwork,
    ) -> None:
        role = iam.Role(scope, "ProxyRole", assumed_by=iam.ServicePrincipal("rds.amazonaws.com"))
        for domain in SQL_DOMAINS:
            cluster.grant_connect(role, domain)
        super().__init__(
            scope,
            "Proxy",
            db_proxy_name=environment.names.prefix,
            proxy_target=rds.ProxyTarget.from_cluster(cluster),
            role=role,
            vpc=network.vpc,
            vpc_subnets=network.data_subnets,
            iam_auth=True,
            default_auth_scheme=rds.DefaultAuthScheme.IAM_AUTH,
            require_tls=True,
        )
        _keep_log(self, environment, self, f"proxy/{environment.names.prefix}")


def _keep_log(scope: Construct, environment: Environment, writer: IConstruct, name: str) -> None:
    """RDS would make it, to be kept for ever."""
    writer.node.add_dependency(
        OwnLogGroup(scope, f"{writer.node.id}Log", environment=environment, name=f"/aws/rds/{name}")
    )
