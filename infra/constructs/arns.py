"""ARNs of what another stack owns, from its name alone."""

from aws_cdk import ArnFormat, Stack
from constructs import Construct


def function_arn(scope: Construct, name: str) -> str:
    """The unqualified function of that name, in the account and region of `scope`'s stack."""
    return Stack.of(scope).format_arn(
        service="lambda",
        resource="function",
        resource_name=name,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )


def state_machine_arn(scope: Construct, name: str) -> str:
    """The state machine of that name, in the account and region of `scope`'s stack."""
    return Stack.of(scope).format_arn(
        service="states",
        resource="stateMachine",
        resource_name=name,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )


def table_arn(scope: Construct, name: str) -> str:
    """The table of that name, in the account and region of `scope`'s stack."""
    return Stack.of(scope).format_arn(service="dynamodb", resource="table", resource_name=name)


def event_bus_arn(scope: Construct, name: str) -> str:
    """The event bus of that name, in the account and region of `scope`'s stack."""
    return Stack.of(scope).format_arn(service="events", resource="event-bus", resource_name=name)
