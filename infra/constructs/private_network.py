"""The network the database stands in, and the functions that use it."""

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from infra.constructs.log_group import OwnLogGroup
from infra.environments import Environment


class PrivateNetwork(Construct):
    """Nothing in it can be called from outside, and it needs no NAT gateway: functions reach AWS by
    IPv6 through an egress-only gateway, S3 also by an endpoint of the network, which costs nothing,
    and the database by addresses of the network itself. What it turned away is logged.
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_protocol=ec2.IpProtocol.DUAL_STACK,
            max_azs=2,
            nat_gateways=0,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="functions", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=22
                ),
                ec2.SubnetConfiguration(
                    name="data", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=26
                ),
            ],
        )
        vpc.add_flow_log(
            "Refused",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(
                OwnLogGroup(
                    self,
                    "RefusedLog",
                    environment=environment,
                    name=f"/aws/vpc/{environment.names.prefix}",
                )
            ),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )
        # CloudFormation waits for a function's answer at an address of S3 that knows no IPv6.
        vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        self.vpc: ec2.IVpc = vpc
        self.subnets = ec2.SubnetSelection(subnet_group_name="functions")
        self.data_subnets = ec2.SubnetSelection(subnet_group_name="data")
        self.security_group: ec2.ISecurityGroup = ec2.SecurityGroup(
            self,
            "Functions",
            vpc=self.vpc,
            description="Functions that use the database",
            allow_all_outbound=True,
            allow_all_ipv6_outbound=True,
        )
