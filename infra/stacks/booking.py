"""The sagas: each definition in `statemachines/` becomes a state machine of its name."""

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

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
            description="Executions that ended without an end of their own are parked",
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={
                    "status": UNFINISHED,
                    "stateMachineArn": [machine.state_machine_arn for machine in machines],
                },
            ),
            targets=[targets.SqsQueue(parked)],
        )
