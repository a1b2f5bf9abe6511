"""The sagas: each definition in `statemachines/` becomes a state machine of its name."""

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.arns import function_arn
from infra.constructs.failures_queue import FailuresQueue
from infra.constructs.state_machine import StateMachine
from infra.definitions import defined_machines
from infra.environments import Environment

# What an execution ends with when no state of it could catch what happened.
UNFINISHED = ["FAILED", "TIMED_OUT", "ABORTED"]


class BookingStack(Stack):
    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, environment.names.stack("booking"))
        parked = FailuresQueue(self, "ParkedBookings", name=environment.names.parked_bookings)
        machines = [
            StateMachine(
                self,
                name.title().replace("_", ""),
                environment=environment,
                name=name,
                parked_bookings=parked,
            ).machine
            for name in defined_machines()
        ]
        events.Rule(
            self,
            "Unfinished",
            description="Executions that ended without an end of their own are reconciled",
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={
                    "status": UNFINISHED,
                    "stateMachineArn": [machine.state_machine_arn for machine in machines],
                },
            ),
            targets=[
                targets.LambdaFunction(
                    _reconciler(self, environment),
                    event=events.RuleTargetInput.from_object(
                        {
                            "task": "reconcile_execution",
                            "detail": events.EventField.from_path("$.detail"),
                        }
                    ),
                    # An execution that the reconciler never hears of.
                    dead_letter_queue=parked,
                )
            ],
        )


def _reconciler(stack: Stack, environment: Environment) -> lambda_.IFunction:
    return lambda_.Function.from_function_attributes(
        stack,
        "Reconciler",
        function_arn=function_arn(stack, environment.names.function("orders", "reconciler")),
        same_environment=True,
    )
