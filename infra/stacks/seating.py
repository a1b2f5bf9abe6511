"""Seat maps, timed holds and claims: who has which seat."""

from aws_cdk import Stack
from constructs import Construct

from infra.constructs.domain_function import DomainFunction
from infra.constructs.domain_table import DomainTable
from infra.constructs.event_consumer import EventConsumer
from infra.constructs.release import release
from infra.constructs.stream_consumer import StreamConsumer
from infra.constructs.token_keys import TokenKeys
from infra.environments import Environment
from infra.timeouts import API_SECONDS, TASK_SECONDS


class SeatingStack(Stack):
    def __init__(
        self, scope: Construct, environment: Environment, *, token_keys: TokenKeys
    ) -> None:
        super().__init__(scope, environment.names.stack("seating"))
        # TTL only sweeps up abandoned holds; each write and read decides about expiry itself.
        table = DomainTable(
            self, "Table", environment=environment, domain="seating", time_to_live="ttl"
        )
        api = DomainFunction(
            self,
            "Api",
            environment=environment,
            domain="seating",
            role="api",
            timeout_seconds=API_SECONDS,
        )
        release(api, environment)
        token_keys.verify_for(api)
        api.may_invoke("catalog")
        tasks = DomainFunction(
            self,
            "Tasks",
            environment=environment,
            domain="seating",
            role="tasks",
            timeout_seconds=TASK_SECONDS,
        )
        streams = StreamConsumer(
            self, "Streams", environment=environment, domain="seating", table=table
        ).function
        streams.may_publish()
        events = EventConsumer(
            self,
            "Events",
            environment=environment,
            domain="seating",
            source="boxoffice.catalog",
            detail_type="EventChanged",
        ).function

        windows = environment.windows
        for function in (api, tasks):
            for name, seconds in (
                ("RESERVATION_SECONDS", windows.reservation_seconds),
                ("HOLDS_COUNTED_SECONDS", windows.holds_counted_seconds),
                ("SEATS_REST_SECONDS", windows.seats_rest_seconds),
            ):
                function.add_environment(name, str(seconds))
        for function in (api, tasks, streams, events):
            table.serve(function)
