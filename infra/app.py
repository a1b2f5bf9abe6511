"""Synthesizes the templates: `python -m infra.app`, with the environment in the CDK context.

It works under the CDK command line and without it; then `CDK_OUTDIR` and `CDK_CONTEXT_JSON` say
where to and for what.
"""

from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from infra.constructs.domain_database import AuditedDatabase
from infra.constructs.plain_database import PlainDatabase
from infra.environments import AuroraServerless, Environment, PlainPostgres, environment_of
from infra.no_warnings import refuse_warnings
from infra.stacks.api import ApiStack
from infra.stacks.audit import AuditStack
from infra.stacks.booking import BookingStack
from infra.stacks.catalog import CatalogStack
from infra.stacks.costs import CostsStack
from infra.stacks.database import DatabaseStack
from infra.stacks.edge import EdgeStack
from infra.stacks.observability import ObservabilityStack
from infra.stacks.orders import OrdersStack
from infra.stacks.payments import PaymentsStack
from infra.stacks.platform import PlatformStack
from infra.stacks.seating import SeatingStack
from infra.stacks.users import UsersStack

_CONTEXT: Final = (
    "environment",
    "databaseHost",
    "databasePort",
    "reservationSeconds",
    "paymentSeconds",
    "holdsCountedSeconds",
    "stripeApi",
    "vendored",
)
# Not in cdk.json, which only the CDK command line reads: templates are the same without it.
_FEATURES: Final[dict[str, bool | str]] = {
    "@aws-cdk/aws-iam:minimizePolicies": True,
    # A function whose packages changed is another version of it.
    "@aws-cdk/aws-lambda:recognizeLayerVersion": True,
    # A stack whose output another one uses can't take it away.
    "@aws-cdk/core:defaultCrossStackReferences": "strong",
    "@aws-cdk/core:validateAgainstDefaultRules": True,
}
# CDK would tag it; CloudFormation refuses.
_UNTAGGABLE: Final = ["AWS::RDS::DBProxyTargetGroup"]


def new_app(context: Mapping[str, str] | None = None, outdir: str | None = None) -> cdk.App:
    """An empty app, without anonymous usage figures and the construct tree's file."""
    return cdk.App(
        analytics_reporting=False,
        tree_metadata=False,
        # `build` asks for it where it is wanted: it takes as long as everything else.
        builtin_cloud_formation_validation=False,
        context=dict(context or {}),
        outdir=outdir,
        post_cli_context=_FEATURES,
    )


def build(app: cdk.App) -> Environment:
    """All stacks of the environment that the app's context asks for. Raises ValueError."""
    environment = environment_of({key: app.node.try_get_context(key) for key in _CONTEXT})
    lay_out(app, environment)
    return environment


def lay_out(app: cdk.App, environment: Environment) -> None:
    """All stacks of an environment."""
    if environment.validated:
        cdk.Validations.of(app).add_plugins(
            cdk.CloudFormationValidatePlugin(), AwsSolutionsChecks(app)
        )
    platform = PlatformStack(app, environment)
    database = _database(app, environment)
    keys = platform.token_keys
    domains = [
        UsersStack(app, environment, token_keys=keys, database=database),
        CatalogStack(app, environment, token_keys=keys, database=database),
        SeatingStack(app, environment, token_keys=keys),
        OrdersStack(app, environment, token_keys=keys),
        PaymentsStack(app, environment, token_keys=keys, database=database),
    ]
    booking = BookingStack(app, environment)
    api = ApiStack(app, environment)
    if environment.edge is not None and api.edge_key is not None:
        EdgeStack(app, environment, edge=environment.edge, api=api.rest_api, key=api.edge_key)
    ObservabilityStack(app, environment)
    audit = AuditStack(app, environment, database=database)

    # They know each other by name only, which CDK can't see.
    for domain in domains:
        domain.add_stack_dependency(platform)
        booking.add_stack_dependency(domain)
        api.add_stack_dependency(domain)
        audit.add_stack_dependency(domain)
    if environment.budget_usd is not None:
        costs = CostsStack(app, environment, budget_usd=environment.budget_usd)
        # Its topic may be encrypted with the key that is there.
        costs.add_stack_dependency(platform)
    _tag(app, environment)


def _tag(app: cdk.App, environment: Environment) -> None:
    """Whose each resource is: what a bill is told apart by."""
    whole = {"application": "boxoffice", "environment": environment.name}
    for key, value in whole.items():
        cdk.Tags.of(app).add(key, value, exclude_resource_types=_UNTAGGABLE)
    for stack in app.node.children:
        part = stack.node.id.removeprefix(environment.names.stack(""))
        cdk.Tags.of(stack).add("part", part, exclude_resource_types=_UNTAGGABLE)


def _database(app: cdk.App, environment: Environment) -> AuditedDatabase:
    match environment.database:
        case PlainPostgres() as server:
            return PlainDatabase(server)
        case AuroraServerless() as size:
            return DatabaseStack(app, environment, size=size).database


if __name__ == "__main__":
    boxoffice = new_app()
    build(boxoffice)
    refuse_warnings(boxoffice.synth())
