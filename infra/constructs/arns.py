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


def any_key_arn(scope: Construct) -> str:
    """Every KMS key there is in the account and region of `scope`'s stack, for a condition to
    choose among.
    """
    return Stack.of(scope).format_arn(service="kms", resource="key", resource_name="*")


def event_bus_arn(scope: Construct, name: str) -> str:
    """The event bus of that name, in the account and region of `scope`'s stack."""
    return Stack.of(scope).format_arn(service="events", resource="event-bus", resource_name=name)
