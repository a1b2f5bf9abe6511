"""Accounts and who may sign in as whom."""

from aws_cdk import Stack
from constructs import Construct

from infra.constructs.domain_database import DomainDatabase
from infra.constructs.domain_function import DomainFunction
from infra.constructs.failures_queue import FailuresQueue
from infra.constructs.mail_line import MailLine
from infra.constructs.regularly import Regularly
from infra.constructs.release import release
from infra.constructs.token_keys import TokenKeys
from infra.environments import Environment
from infra.timeouts import API_SECONDS, TASK_SECONDS


class UsersStack(Stack):
    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        token_keys: TokenKeys,
        database: DomainDatabase,
    ) -> None:
        super().__init__(scope, environment.names.stack("users"))
        api = DomainFunction(
            self,
            "Api",
            environment=environment,
            domain="users",
            role="api",
            timeout_seconds=API_SECONDS,
            database=database,
        )
        release(api, environment)
        token_keys.sign_for(api)
        api.may_invoke("users", "tasks")
        # What they hold of a user, for that user.
        for domain in ("orders", "payments", "seating", "catalog"):
            api.may_invoke(domain)
        tasks = DomainFunction(
            self,
            "Tasks",
            environment=environment,
            domain="users",
            role="tasks",
            timeout_seconds=TASK_SECONDS,
            database=database,
        )
        tasks.add_environment("PASSWORD_RESET_PAGE", environment.password_reset_page)
        MailLine(self, "Mail", environment=environment).serve(tasks)
        Regularly(
            self,
            "EveryMinute",
            function=tasks,
            task="relay_outbox",
            more=("sweep_expired",),
            schedule=environment.sweeps,
            retries=environment.sweep_retries,
            failures=FailuresQueue(
                self,
                "TasksFailures",
                environment=environment,
                name=environment.names.failures("users", "tasks"),
            ),
        )
