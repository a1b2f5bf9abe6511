"""A state machine from its definition in `statemachines/`."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.acknowledged import acknowledge
from infra.constructs.arns import function_arn
from infra.constructs.log_group import OwnLogGroup
from infra.definitions import CALLABLE, PARKED_BOOKINGS, blanks, fill_in, read_definition, timeouts
from infra.environments import Environment


class StateMachine(Construct):
    """`boxoffice-<environment>-<name>`, a Standard machine that may use what its definition names:
    the functions of `${...Tasks}` and the queue of `${ParkedBookings}`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        name: str,
        parked_bookings: sqs.IQueue,
    ) -> None:
        super().__init__(scope, construct_id)
        definition = read_definition(name)
        named = blanks(definition)
        functions = {
            blank: function_arn(self, environment.names.function(CALLABLE[blank], "tasks"))
            for blank in sorted(CALLABLE.keys() & named)
        }
        physical_name = environment.names.state_machine(name)
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=physical_name,
            state_machine_type=sfn.StateMachineType.STANDARD,
            definition_body=sfn.DefinitionBody.from_string(
                fill_in(
                    definition,
                    numbers=timeouts(environment.windows),
                    strings={**functions, PARKED_BOOKINGS: parked_bookings.queue_url},
                )
            ),
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=OwnLogGroup(
                    self,
                    "Log",
                    environment=environment,
                    # Under this prefix log groups share one policy, which has a limited size.
                    name=f"/aws/vendedlogs/states/{physical_name}",
                ),
                # Every step of every saga, for whoever must say later what happened.
                level=sfn.LogLevel.ALL,
                # Inputs name people; a log line of a step need not.
                include_execution_data=False,
            ),
        )
        acknowledge(
            self.machine,
            "IAM5[Resource::*]",
            "Traces, and log deliveries as Step Functions makes them, are of no resource that IAM"
            " could name.",
        )
        if functions:
            self._allow("lambda:InvokeFunction", *functions.values())
        if PARKED_BOOKINGS in named:
            self._allow("sqs:SendMessage", parked_bookings.queue_arn)

    def _allow(self, action: str, *resources: str) -> None:
        self.machine.add_to_role_policy(
            iam.PolicyStatement(actions=[action], resources=list(resources))
        )
