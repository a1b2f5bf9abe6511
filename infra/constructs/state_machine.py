"""A state machine from its definition in `statemachines/`, with what it names filled in."""

import json
import re
from collections.abc import Mapping
from typing import Final

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs.arns import function_arn
from infra.constructs.domain_code import ROOT
from infra.constructs.log_group import OwnLogGroup
from infra.environments import Environment

_DEFINITIONS: Final = ROOT / "statemachines"
_SUFFIX: Final = ".asl.json"

_CALLABLE: Final = {
    "SeatingTasks": "seating",
    "OrdersTasks": "orders",
    "PaymentsTasks": "payments",
}
_BLANK: Final = re.compile(r"\$\{(\w+)\}")


def defined_machines() -> list[str]:
    """The names of all definitions; each becomes a state machine."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in _DEFINITIONS.glob(f"*{_SUFFIX}"))


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
        definition = (_DEFINITIONS / f"{name}{_SUFFIX}").read_text("utf-8")
        called = {
            blank: function_arn(self, environment.names.function(domain, "tasks"))
            for blank, domain in _CALLABLE.items()
            if f"${{{blank}}}" in definition
        }
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=environment.names.state_machine(name),
            state_machine_type=sfn.StateMachineType.STANDARD,
            definition_body=sfn.DefinitionBody.from_string(
                fill_in(
                    definition,
                    numbers=timeouts(environment),
                    strings={**called, "ParkedBookings": parked_bookings.queue_url},
                )
            ),
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=OwnLogGroup(
                    self,
                    "Log",
                    environment=environment,
                    # Under this prefix the log group's policy can't outgrow its limit.
                    name=f"/aws/vendedlogs/states/{environment.names.state_machine(name)}",
                ),
                level=sfn.LogLevel.ERROR,
                include_execution_data=False,
            ),
        )
        if called:
            self.machine.add_to_role_policy(
                iam.PolicyStatement(
                    actions=["lambda:InvokeFunction"], resources=sorted(called.values())
                )
            )
        if "${ParkedBookings}" in definition:
            self.machine.add_to_role_policy(
                iam.PolicyStatement(
                    actions=["sqs:SendMessage"], resources=[parked_bookings.queue_arn]
                )
            )


def timeouts(environment: Environment) -> dict[str, int]:
    """The numbers of seconds a definition may name."""
    windows = environment.windows
    return {
        "CollectPaymentTimeoutSeconds": windows.collect_payment_timeout_seconds,
        "BookingTimeoutSeconds": windows.booking_timeout_seconds,
        "RefundTimeoutSeconds": windows.refund_timeout_seconds,
    }


def fill_in(definition: str, *, numbers: Mapping[str, int], strings: Mapping[str, str]) -> str:
    """The definition with each `${Name}` filled in, compact; a number takes its quotes away too.

    Raises ValueError for a name nobody knows.
    """
    for name, number in numbers.items():
        definition = definition.replace(f'"${{{name}}}"', str(number))
    for name, text in strings.items():
        definition = definition.replace(f"${{{name}}}", text)
    # CDK's own tokens, `${Token[...]}`, are no names.
    unknown = sorted(set(_BLANK.findall(definition)))
    if unknown:
        raise ValueError(f"Nothing to fill in for {', '.join(unknown)}.")
    return json.dumps(json.loads(definition), separators=(",", ":"))
