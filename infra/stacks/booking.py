"""The sagas: each definition in `statemachines/` becomes a state machine of its name."""

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.arns import function_arn
from infra.constructs.failures_queue import FailuresQueue
from infra.constructs.state_machine import StateMachine
from infra.definitions import CANCELLATION, defined_machines
from infra.environments import Environment

# What an execution ends with when no state of it could catch what happened.
UNFINISHED = ["FAILED", "TIMED_OUT", "ABORTED"]


class BookingStack(Stack):
    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, environment.names.stack("booking"))
        parked = FailuresQueue(
            self, "ParkedBookings", environment=environment, name=environment.names.parked_bookings
        )
        machines = {
            name: StateMachine(
                self,
                name.title().replace("_", ""),
                environment=environment,
                name=name,
                parked_bookings=parked,
            ).machine
            for name in defined_machines()
        }
        cancellation = machines.pop(CANCELLATION)
        self._have_taken_up(
            "Unfinished",
            "Executions that ended without an end of their own are reconciled",
            list(machines.values()),
            by=function_arn(self, environment.names.function("orders", "reconciler")),
            task="reconcile_execution",
            parked=parked,
        )
        self._have_taken_up(
            "UnfinishedCancellations",
            "Cancellations of events that broke off are begun again",
            [cancellation],
            by=function_arn(self, environment.names.function("catalog", "tasks")),
            task="resume_execution",
            parked=parked,
        )

    def _have_taken_up(
        self,
        construct_id: str,
        why: str,
        machines: list[sfn.StateMachine],
        *,
        by: str,
        task: str,
        parked: sqs.IQueue,
    ) -> None:
        function = lambda_.Function.from_function_attributes(
            self, f"{construct_id}Function", function_arn=by, same_environment=True
        )
        events.Rule(
            self,
            construct_id,
            description=why,
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
                    function,
                    event=events.RuleTargetInput.from_object(
                        {"task": task, "detail": events.EventField.from_path("$.detail")}
                    ),
                    # An execution that nobody ever hears of.
                    dead_letter_queue=parked,
                )
            ],
        )
