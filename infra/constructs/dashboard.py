"""The dashboard: what the business does, and how the system bears it."""

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.constructs.alarms import metric, queue_depth
from infra.environments import Environment

# The functions' own metrics, a graph for each kind.
BUSINESS: Final[dict[str, tuple[str, ...]]] = {
    "People": ("user_registrations_total", "user_logins_total"),
    "Seats": (
        "seat_reservations_total",
        "seat_reservations_failed",
        "expired_reservations_released",
    ),
    "Orders": ("orders_total", "orders_confirmed_total", "bookings_parked", "refunds_parked"),
    "Orders taken up again": ("orders_reconciled_total", "orders_contradictory_total"),
    "Payments": (
        "payments_total",
        "payments_failed_total",
        "refunds_total",
        "payment_provider_open",
        "payments_contradictory_total",
        "payments_refunds_failed_total",
        "payments_disputed_total",
    ),
    "Events cancelled": ("event_cancellations_total",),
}
_KINDS: Final = tuple(BUSINESS.items())
SECONDS: Final = "booking_seconds"
OLDEST: Final = "oldest_open_order_seconds"
OLDEST_REFUND: Final = "oldest_pending_refund_seconds"
OLDEST_CANCELLATION: Final = "oldest_event_cancellation_seconds"


class Dashboard(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        machines: tuple[str, ...],
        stage: str,
    ) -> None:
        super().__init__(scope, construct_id)
        names = environment.names
        api = {"ApiName": names.api, "Stage": stage}
        dashboard = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=names.prefix)
        dashboard.add_widgets(
            *(_graph(title, *(_search(name, "Sum") for name in kind)) for title, kind in _KINDS)
        )
        dashboard.add_widgets(
            _graph("A booking, in seconds", _search(SECONDS, "p50"), _search(SECONDS, "p99")),
            _graph("The oldest open order, in seconds", _search(OLDEST, "Maximum")),
            _graph("The oldest refund not yet paid, in seconds", _search(OLDEST_REFUND, "Maximum")),
            _graph(
                "The oldest open cancellation, in seconds",
                _search(OLDEST_CANCELLATION, "Maximum"),
            ),
            _graph(
                "Requests",
                metric("AWS/ApiGateway", "Count", api),
                metric("AWS/ApiGateway", "4XXError", api),
                metric("AWS/ApiGateway", "5XXError", api),
            ),
            _graph(
                "Answer time, in ms",
                metric("AWS/ApiGateway", "Latency", api, "p50"),
                metric("AWS/ApiGateway", "Latency", api, "p99"),
            ),
            _graph(
                "Unfinished executions",
                *(
                    metric("AWS/States", name, {"StateMachineArn": machine})
                    for machine in machines
                    for name in ("ExecutionsFailed", "ExecutionsTimedOut")
                ),
                queue_depth(names.parked_bookings),
            ),
        )


def _search(name: str, statistic: str) -> cloudwatch.MathExpression:
    """A metric with all its dimensions: outcomes and reasons are lines of one graph."""
    return cloudwatch.MathExpression(
        expression=f"SEARCH('Namespace=\"Boxoffice\" MetricName=\"{name}\"', '{statistic}', 60)",
        label="",
        period=Duration.minutes(1),
        using_metrics={},
    )


def _graph(title: str, *metrics: cloudwatch.IMetric) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, width=6, left=list(metrics))
