"""How a sale is going, for whoever watches one open."""

from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import aws_cloudwatch as cloudwatch

from infra.constructs.alarms import counted, greatest, metric, queue_depth
from infra.constructs.graphs import graph, number, ours
from infra.environments import Environment


def on_sale(
    environment: Environment, machines: Mapping[str, str]
) -> Iterator[Sequence[cloudwatch.IWidget]]:
    """From a seat that is held to a ticket, left to right; beside each what goes wrong there."""
    booking = {"StateMachineArn": machines["booking"]}
    yield (
        graph("Reservations", *ours("seat_reservations_total")),
        graph("Reservations refused, by reason", *ours("seat_reservations_failed")),
        graph("Seats whose hold ran out", *ours("expired_reservations_released")),
        graph("Accounts and sign-ins", *ours("user_registrations_total", "user_logins_total")),
    )
    yield (
        graph(
            "Bookings, by outcome",
            *ours(
                "orders_total",
                "orders_confirmed_total",
                "orders_given_up_total",
                "bookings_parked",
            ),
        ),
        graph(
            "A booking, from order to tickets, in seconds",
            *ours("booking_seconds", statistic="p50"),
            *ours("booking_seconds", statistic="p90"),
            *ours("booking_seconds", statistic="p99"),
        ),
        graph(
            "Payments",
            *ours("payments_total", "payments_failed_total", "payment_provider_open"),
        ),
        graph("Refunds", *ours("refunds_total")),
    )
    yield (
        number(
            "Parked",
            queue_depth(environment.names.parked_bookings),
            counted("orders", "bookings_parked"),
            counted("orders", "refunds_parked"),
        ),
        number(
            "The oldest open order, in seconds", greatest("orders", "oldest_open_order_seconds")
        ),
        graph(
            "Sagas of bookings",
            *(
                metric("AWS/States", f"Executions{ending}", booking)
                for ending in ("Started", "Succeeded", "Failed", "TimedOut")
            ),
            width=12,
        ),
    )
