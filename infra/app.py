"""Synthesizes the templates: `python -m infra.app`, with the environment in the CDK context.

It works under the CDK command line and without it (then `CDK_OUTDIR` and `CDK_CONTEXT_JSON` say
where to and for what).
"""

import aws_cdk as cdk

from infra.constructs.plain_database import PlainDatabase
from infra.environments import environment_of
from infra.stacks.api import ApiStack
from infra.stacks.booking import BookingStack
from infra.stacks.catalog import CatalogStack
from infra.stacks.orders import OrdersStack
from infra.stacks.payments import PaymentsStack
from infra.stacks.platform import PlatformStack
from infra.stacks.seating import SeatingStack
from infra.stacks.users import UsersStack

CONTEXT = ("environment", "databasePort", "reservationSeconds", "paymentSeconds", "vendored")


def build(app: cdk.App) -> None:
    environment = environment_of({key: app.node.try_get_context(key) for key in CONTEXT})
    database = PlainDatabase(environment.database)
    platform = PlatformStack(app, environment)
    keys = platform.token_keys
    UsersStack(app, environment, token_keys=keys, database=database)
    CatalogStack(app, environment, token_keys=keys, database=database)
    SeatingStack(app, environment, token_keys=keys)
    OrdersStack(app, environment, token_keys=keys)
    PaymentsStack(app, environment, token_keys=keys, database=database)
    BookingStack(app, environment)
    ApiStack(app, environment)


if __name__ == "__main__":
    app = cdk.App(analytics_reporting=False)
    build(app)
    app.synth()
