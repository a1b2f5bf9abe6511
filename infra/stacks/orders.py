"""Orders and tickets."""

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.constructs.domain_function import DomainFunction
from infra.constructs.domain_table import DomainTable
from infra.constructs.failures_queue import FailuresQueue
from infra.constructs.regularly import Regularly
from infra.constructs.release import release
from infra.constructs.stream_consumer import StreamConsumer
from infra.constructs.ticket_secret import TicketSecret
from infra.constructs.token_keys import TokenKeys
from infra.environments import Environment
from infra.timeouts import API_SECONDS, RECONCILER_SECONDS, TASK_SECONDS


class OrdersStack(Stack):
    def __init__(
        self, scope: Construct, environment: Environment, *, token_keys: TokenKeys
    ) -> None:
        super().__init__(scope, environment.names.stack("orders"))
        table = DomainTable(self, "Table", environment=environment, domain="orders")
        table.add_index("byUser", 1)
        table.add_index("byEvent", 2)
        # Only orders that still wait for something carry this key, and only for the reconciler.
        table.add_index("open", 3, dynamodb.ProjectionType.KEYS_ONLY)
        tickets = TicketSecret(self, "TicketSecret", environment=environment)
        api = DomainFunction(
            self,
            "Api",
            environment=environment,
            domain="orders",
            role="api",
            timeout_seconds=API_SECONDS,
        )
        release(api, environment)
        token_keys.verify_for(api)
        api.add_environment("PAYMENT_SECONDS", str(environment.windows.payment_seconds))
        tickets.serve(api)
        api.may_invoke("seating")
        api.may_invoke("payments")
        api.may_invoke("catalog")
        api.may_run("booking")
        api.may_run("refund")
        api.may_follow("refund")
        tasks = DomainFunction(
            self,
            "Tasks",
            environment=environment,
            domain="orders",
            role="tasks",
            timeout_seconds=TASK_SECONDS,
        )
        tasks.may_invoke("payments")
        # The orders of a cancelled event.
        tasks.may_run("refund")
        tasks.may_follow("refund")
        reconciler = DomainFunction(
            self,
            "Reconciler",
            environment=environment,
            domain="orders",
            role="reconciler",
            timeout_seconds=RECONCILER_SECONDS,
        )
        after = environment.windows.reconcile_after_seconds
        reconciler.add_environment("RECONCILE_AFTER_SECONDS", str(after))
        reconciler.may_invoke("seating")
        reconciler.may_invoke("payments")
        reconciler.may_stop("booking")
        reconciler.may_stop("refund")
        Regularly(
            self,
            "ReconcileOpenOrders",
            function=reconciler,
            task="reconcile_open_orders",
            failures=FailuresQueue(
                self,
                "ReconcilerFailures",
                environment=environment,
                name=environment.names.failures("orders", "reconciler"),
            ),
        )
        streams = StreamConsumer(
            self, "Streams", environment=environment, domain="orders", table=table
        ).function
        streams.may_publish()

        for function in (api, tasks, reconciler):
            table.serve(function)
