"""Tasks that are done again and again."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.domain_function import DomainFunction
from infra.environments import EVERY_MINUTE


class Regularly(Construct):
    """Calls `function` with `{"task": task}`, and with each of `more` by itself, by `schedule`.
    A failed turn is repeated `retries` times, or not at all: the next one comes.

    `failures`: where a turn goes that failed or did not get to the function, and any other call of
    it that nobody waited for.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: DomainFunction,
        task: str,
        failures: sqs.IQueue,
        more: tuple[str, ...] = (),
        schedule: str = EVERY_MINUTE,
        retries: int = 0,
    ) -> None:
        super().__init__(scope, construct_id)
        function.configure_async_invoke(
            retry_attempts=retries,
            # Lambda waits a minute before the first repetition, and two before the second.
            max_event_age=Duration.minutes(10 if retries else 1),
            on_failure=destinations.SqsDestination(failures),
        )
        events.Rule(
            self,
            "Rule",
            description=f"{', '.join((task, *more))}, {schedule}",
            schedule=events.Schedule.expression(schedule),
            targets=[
                targets.LambdaFunction(
                    function,
                    event=events.RuleTargetInput.from_object({"task": each}),
                    retry_attempts=0,
                    dead_letter_queue=failures,
                )
                for each in (task, *more)
            ],
        )
