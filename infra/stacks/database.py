"""The Postgres cluster of the domains that keep their facts in SQL, where we run our own, with all
databases in it.
"""

from aws_cdk import Stack
from constructs import Construct

from infra.constructs.aurora_database import AuroraDatabase
from infra.constructs.databases import Databases
from infra.constructs.private_network import PrivateNetwork
from infra.environments import AuroraServerless, Environment


class DatabaseStack(Stack):
    def __init__(
        self, scope: Construct, environment: Environment, *, size: AuroraServerless
    ) -> None:
        super().__init__(scope, environment.names.stack("database"))
        network = PrivateNetwork(self, "Network", environment=environment)
        self.database = AuroraDatabase(
            self, "Database", environment=environment, size=size, network=network
        )
        Databases(
            self, "Databases", environment=environment, database=self.database, network=network
        )
