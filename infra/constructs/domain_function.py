"""A function of a domain: named, logged, traced and measured alike; its rights are asked for one by
one, each as a sentence, and each sets the variable by which the code finds what it may now use.
"""

from typing import Final

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.acknowledged import acknowledge
from infra.constructs.arns import event_bus_arn, function_arn, state_machine_arn
from infra.constructs.domain_code import domain_code
from infra.constructs.domain_database import DomainDatabase
from infra.constructs.log_group import OwnLogGroup
from infra.constructs.vendored_packages import packages_layers
from infra.environments import Environment


class DomainFunction(lambda_.Function):
    """`boxoffice-<environment>-<domain>-<role>`, run by `functions.<domain>.<role>.handler`.

    It may write its own logs and traces. A `database` puts it into that database's network. What is
    `beside` is deployed with it, out of `functions/`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        domain: str,
        role: str,
        timeout_seconds: int,
        memory_mb: int = 1_024,
        handler: str | None = None,
        package: str | None = None,
        beside: tuple[str, ...] = (),
        database: DomainDatabase | None = None,
    ) -> None:
        self._environment = environment
        self.short_name = f"{domain}-{role}"
        name = environment.names.function(domain, role)
        log_group = OwnLogGroup(
            scope, f"{construct_id}Log", environment=environment, name=f"/aws/lambda/{name}"
        )
        self._own_role = own_role = iam.Role(
            scope,
            f"{construct_id}Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What {name} may do",
        )
        log_group.grant_write(own_role)
        acknowledge(
            own_role,
            "IAM5[Resource::*]",
            "Traces are of no resource that IAM could name, nor are the network interfaces that"
            " Lambda makes for a function, nor a list of streams; a test knows every such action.",
        )
        placement = database.placement if database else None
        super().__init__(
            scope,
            construct_id,
            function_name=name,
            handler=handler or f"functions.{domain}.{role}.handler",
            code=domain_code(environment, package or domain, *beside),
            runtime=lambda_.Runtime(f"python{environment.python_version}"),
            architecture=_architecture(environment),
            memory_size=memory_mb,
            timeout=Duration.seconds(timeout_seconds),
            tracing=lambda_.Tracing.ACTIVE,
            reserved_concurrent_executions=environment.reserved_calls.get(self.short_name),
            # So that an alias can be put back by hand; they go with the function. But for the one
            # of a release that was taken back: Lambda would make no other of the same code.
            current_version_options=lambda_.VersionOptions(
                removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
            ),
            role=own_role,
            log_group=log_group,
            layers=packages_layers(scope, environment, package or domain),
            vpc=placement.vpc if placement else None,
            vpc_subnets=placement.subnets if placement else None,
            security_groups=[placement.security_group] if placement else None,
            ipv6_allowed_for_dual_stack=True if placement else None,
            environment={
                "BOXOFFICE_ENVIRONMENT": environment.name,
                "EVENT_BUS_NAME": environment.names.bus,
                "POWERTOOLS_SERVICE_NAME": domain,
                "POWERTOOLS_METRICS_NAMESPACE": "Boxoffice",
                "POWERTOOLS_LOG_LEVEL": environment.log_level,
                "VOUCHED_ADDRESSES": str(environment.vouched_addresses),
            },
        )
        if placement:
            own_role.add_to_policy(_network_interfaces())
            own_role.add_to_policy(_not_by(function_arn(scope, name)))
            # The network has no NAT gateway: AWS is reached by IPv6, at its dual-stack addresses.
            self.add_environment("AWS_USE_DUALSTACK_ENDPOINT", "true")
        if database:
            database.serve(self, domain)

    def may_invoke(self, domain: str, role: str = "tasks") -> None:
        """Another domain's function, named in `<DOMAIN>_<ROLE>_FUNCTION`."""
        name = self._environment.names.function(domain, role)
        self.add_environment(f"{domain}_{role}_function".upper(), name)
        self._allow(function_arn(self, name), "lambda:InvokeFunction")

    def may_run(self, machine: str) -> None:
        """A state machine, named in `<MACHINE>_STATE_MACHINE_ARN`."""
        self._allow(self._named(machine), "states:StartExecution")

    def may_follow(self, machine: str) -> None:
        """How the executions of a state machine are getting on."""
        self._allow(self._executions(machine), "states:DescribeExecution")

    def may_stop(self, machine: str) -> None:
        """The executions of a state machine, named in `<MACHINE>_STATE_MACHINE_ARN`."""
        self._named(machine)
        self._allow(self._executions(machine), "states:DescribeExecution", "states:StopExecution")

    def may_signal(self, machine: str) -> None:
        """A state machine that waits for this function's word."""
        self._allow(
            self._state_machine(machine), "states:SendTaskSuccess", "states:SendTaskFailure"
        )

    def may_send(self, queue: sqs.IQueue, variable: str) -> None:
        """To a queue, whose address is in `variable`."""
        self.add_environment(variable, queue.queue_url)
        self._allow(queue.queue_arn, "sqs:SendMessage")

    def may_publish(self) -> None:
        """Domain events, on the environment's bus."""
        self._allow(event_bus_arn(self, self._environment.names.bus), "events:PutEvents")

    def _named(self, machine: str) -> str:
        arn = self._state_machine(machine)
        self.add_environment(f"{machine}_state_machine_arn".upper(), arn)
        return arn

    def _executions(self, machine: str) -> str:
        name = self._environment.names.state_machine(machine)
        account = "<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>"
        acknowledge(
            self._own_role,
            f"IAM5[Resource::arn:{account}:execution:{name}:*]",
            f"Of {machine} alone, whose executions are named after what they are for.",
        )
        return f"{self._state_machine(machine).replace(':stateMachine:', ':execution:')}:*"

    def _state_machine(self, machine: str) -> str:
        return state_machine_arn(self, self._environment.names.state_machine(machine))

    def _allow(self, resource: str, *actions: str) -> None:
        self.add_to_role_policy(iam.PolicyStatement(actions=list(actions), resources=[resource]))


def _architecture(environment: Environment) -> lambda_.Architecture:
    known = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}
    return known[environment.architecture]


_NETWORK_INTERFACES: Final = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)


def _network_interfaces() -> iam.PolicyStatement:
    """What Lambda itself does in our name; EC2 knows no narrower resource when they are made."""
    return iam.PolicyStatement(actions=list(_NETWORK_INTERFACES), resources=["*"])


def _not_by(function: str) -> iam.PolicyStatement:
    """Lambda does it before the function runs; the function's own code never may."""
    return iam.PolicyStatement(
        effect=iam.Effect.DENY,
        actions=list(_NETWORK_INTERFACES),
        resources=["*"],
        conditions={"ArnEquals": {"lambda:SourceFunctionArn": function}},
    )
