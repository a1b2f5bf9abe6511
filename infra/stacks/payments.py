"""Charges, refunds, and the verdict on each payment."""

from aws_cdk import Stack
from constructs import Construct

from infra.constructs.domain_database import DomainDatabase
from infra.constructs.domain_function import DomainFunction
from infra.constructs.failures_queue import FailuresQueue
from infra.constructs.notices import LateCharges, Notices
from infra.constructs.regularly import Regularly
from infra.constructs.release import release
from infra.constructs.stripe_line import StripeLine
from infra.constructs.token_keys import TokenKeys
from infra.environments import Environment
from infra.timeouts import API_SECONDS, TASK_SECONDS


class PaymentsStack(Stack):
    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        token_keys: TokenKeys,
        database: DomainDatabase,
    ) -> None:
        super().__init__(scope, environment.names.stack("payments"))
        api = DomainFunction(
            self,
            "Api",
            environment=environment,
            domain="payments",
            role="api",
            timeout_seconds=API_SECONDS,
            database=database,
        )
        release(api, environment)
        token_keys.verify_for(api)
        api.may_invoke("orders")
        api.may_run("refund")
        api.may_follow("refund")
        tasks = DomainFunction(
            self,
            "Tasks",
            environment=environment,
            domain="payments",
            role="tasks",
            timeout_seconds=TASK_SECONDS,
            database=database,
        )
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
                name=environment.names.failures("payments", "tasks"),
            ),
        )

        notices = Notices(self, "Notices", environment=environment, database=database)
        if environment.card_provider == "simulator":
            late = LateCharges(
                self,
                "LateCharges",
                environment=environment,
                database=database,
                secrets=notices.secrets,
            )
            for function in (api, tasks):
                function.may_send(late.queue, "LATE_CHARGES_QUEUE_URL")
        elif environment.card_provider == "stripe":
            stripe = StripeLine(self, "Stripe", environment=environment)
            for function in (api, tasks, notices.reader):
                stripe.serve(function)

        for function in (api, tasks, notices.reader):
            function.add_environment("CARD_PROVIDER", environment.card_provider)
            function.add_environment("PAYMENT_SECONDS", str(environment.windows.payment_seconds))
            # Whoever settles a payment tells the booking that waits for it.
            function.may_signal("booking")
            function.may_publish()
