"""Whether the system is well, for whoever is on call."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from aws_cdk import aws_cloudwatch as cloudwatch

from infra.constructs.alarms import metric, of_function, queue_depth
from infra.constructs.graphs import graph, ours, searched
from infra.constructs.routes import DOMAINS, STAGE
from infra.environments import AuroraServerless, Environment

_STREAMS: Final = ("seating", "orders")
_DATABASE: Final = '{{AWS/RDS,DBClusterIdentifier}} MetricName="{name}" {prefix}'


def health(
    environment: Environment, machines: Mapping[str, str], queues: Sequence[str]
) -> Iterator[Sequence[cloudwatch.IWidget]]:
    """From the door inwards: requests, functions, what is behind, what was given up, the books."""
    names = environment.names
    api = {"ApiName": names.api, "Stage": STAGE}
    functions = {domain: names.function(domain, "api") for domain in DOMAINS}
    yield (
        graph("Requests", metric("AWS/ApiGateway", "Count", api)),
        graph(
            "Share of requests refused, and failed",
            metric("AWS/ApiGateway", "4XXError", api, "Average"),
            metric("AWS/ApiGateway", "5XXError", api, "Average"),
        ),
        graph(
            "Answer time, in ms",
            *(metric("AWS/ApiGateway", "Latency", api, which) for which in ("p50", "p90", "p99")),
        ),
        graph(
            "Answer time by domain, p99 in ms",
            *(of_function("Duration", function, "p99") for function in functions.values()),
        ),
    )
    yield (
        graph(
            "Functions crashed or throttled",
            *(
                of_function(name, function)
                for function in functions.values()
                for name in ("Errors", "Throttles")
            ),
        ),
        graph(
            "Functions at work at a time",
            *(
                of_function("ConcurrentExecutions", function, "Maximum")
                for function in functions.values()
            ),
        ),
        graph(
            "How late streams are, in ms",
            *(
                of_function("IteratorAge", names.function(domain, "streams"), "Maximum")
                for domain in _STREAMS
            ),
        ),
        graph(
            "Writes that a table was too busy for",
            *(
                metric("AWS/DynamoDB", "WriteThrottleEvents", {"TableName": names.table(domain)})
                for domain in _STREAMS
            ),
        ),
    )
    yield (
        graph("What was given up, by queue", *map(queue_depth, queues)),
        graph(
            "Executions that ended without an end of their own",
            *(
                metric("AWS/States", name, {"StateMachineArn": machine})
                for machine in machines.values()
                for name in ("ExecutionsFailed", "ExecutionsTimedOut")
            ),
        ),
        graph(
            "Taken up again, parked, contradictory",
            *ours(
                "orders_reconciled_total",
                "refunds_parked",
                "orders_contradictory_total",
                "payments_contradictory_total",
                "payments_refunds_failed_total",
                "payments_disputed_total",
            ),
        ),
        graph(
            "What is open for longest, in seconds",
            *ours(
                "oldest_open_order_seconds",
                "oldest_pending_refund_seconds",
                "oldest_event_cancellation_seconds",
                statistic="Maximum",
            ),
        ),
    )
    yield (
        graph("Promises found broken", *ours("audit_violations", statistic="Maximum")),
        graph(
            "Audits, and how long one took, in seconds",
            *ours("audits_total"),
            *ours("audit_seconds", statistic="Maximum"),
        ),
        graph("Events cancelled", *ours("event_cancellations_total")),
        graph(
            "Passwords and tokens",
            *ours(
                "password_resets_total", "passwords_changed_total", "refresh_tokens_reused_total"
            ),
        ),
    )
    if isinstance(environment.database, AuroraServerless):
        yield (
            graph(
                "The database's capacity, in ACU, and connections",
                *(
                    searched(_DATABASE.format(name=name, prefix=names.prefix), "Maximum")
                    for name in ("ServerlessDatabaseCapacity", "DatabaseConnections")
                ),
                width=12,
            ),
        )
