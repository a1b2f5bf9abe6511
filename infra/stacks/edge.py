"""Where clients come in: CloudFront, and the name they know it by."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.constructs.distribution import Distribution
from infra.edge import Domain, Edge
from infra.environments import Environment


class EdgeStack(Stack):
    """Outputs `Url`, what clients are told, and `Host`, what a name of ours has to lead to."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        edge: Edge,
        api: apigateway.IRestApi,
        key: secretsmanager.ISecret,
    ) -> None:
        super().__init__(scope, environment.names.stack("edge"))
        distribution = Distribution(
            self,
            "Distribution",
            environment=environment,
            api_host=f"{api.rest_api_id}.execute-api.{self.region}.{self.url_suffix}",
            key=key.secret_value.unsafe_unwrap(),
            domain=edge.domain,
        )
        if edge.domain is not None and edge.domain.zone_id:
            self._name(distribution, edge.domain)
        host = edge.domain.name if edge.domain else distribution.distribution_domain_name
        CfnOutput(self, "Url", value=f"https://{host}")
        CfnOutput(self, "Host", value=distribution.distribution_domain_name)

    def _name(self, distribution: Distribution, domain: Domain) -> None:
        zone = route53.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=domain.zone_id, zone_name=domain.zone_name
        )
        target = route53.RecordTarget.from_alias(targets.CloudFrontTarget(distribution))
        # CloudFront is reached by both.
        route53.ARecord(self, "IPv4", zone=zone, record_name=domain.name, target=target)
        route53.AaaaRecord(self, "IPv6", zone=zone, record_name=domain.name, target=target)
