"""What all domains share: the bus they tell each other on, and the keys of access tokens."""

from aws_cdk import Stack
from aws_cdk import aws_events as events
from constructs import Construct

from infra.constructs.data_key import DataKey
from infra.constructs.token_keys import TokenKeys
from infra.environments import Environment


class PlatformStack(Stack):
    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, environment.names.stack("platform"))
        if environment.own_data_key:
            DataKey(self, environment=environment)
        events.EventBus(self, "Bus", event_bus_name=environment.names.bus)
        self.token_keys = TokenKeys(self, "TokenKeys", environment=environment)
