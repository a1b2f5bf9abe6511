"""Venues and events."""

from aws_cdk import Stack
from constructs import Construct

from infra.constructs.domain_database import DomainDatabase
from infra.constructs.domain_function import DomainFunction
from infra.constructs.failures_queue import FailuresQueue
from infra.constructs.regularly import Regularly
from infra.constructs.release import release
from infra.constructs.token_keys import TokenKeys
from infra.definitions import CANCELLATION
from infra.environments import Environment
from infra.timeouts import API_SECONDS, TASK_SECONDS


class CatalogStack(Stack):
    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        token_keys: TokenKeys,
        database: DomainDatabase,
    ) -> None:
        super().__init__(scope, environment.names.stack("catalog"))
        api = DomainFunction(
            self,
            "Api",
            environment=environment,
            domain="catalog",
            role="api",
            timeout_seconds=API_SECONDS,
            database=database,
        )
        release(api, environment)
        token_keys.verify_for(api)
        api.may_invoke("seating")
        api.may_publish()
        api.may_run(CANCELLATION)
        api.may_follow(CANCELLATION)

        tasks = DomainFunction(
            self,
            "Tasks",
            environment=environment,
            domain="catalog",
            role="tasks",
            timeout_seconds=TASK_SECONDS,
            database=database,
        )
        tasks.may_publish()
        tasks.may_run(CANCELLATION)
        tasks.may_follow(CANCELLATION)
        Regularly(
            self,
            "RelayOutbox",
            function=tasks,
            task="relay_outbox",
            schedule=environment.sweeps,
            retries=environment.sweep_retries,
            failures=FailuresQueue(
                self,
                "TasksFailures",
                environment=environment,
                name=environment.names.failures("catalog", "tasks"),
            ),
            more=("resume_cancellations",),
        )
