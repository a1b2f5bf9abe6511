"""Every sample in `events/orders/` is what its handler takes, or what is really told."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from functions.orders.domain import Order, PaymentState, amounts_of
from functions.orders.tests.conftest import House
from functions.orders.tests.stand_ins import RecordedBus, line
from functions.orders.tests.stream import records_of
from functions.shared import aws
from functions.shared.dynamodb import Table
from functions.shared.marshalling import marshal
from functions.shared.tests.gateway import FakeContext

SAMPLES = Path(__file__).parents[3] / "events" / "orders"
EVENTS = {"order_placed", "order_confirmed", "order_cancelled", "order_refunded"}
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text())


@pytest.fixture
def order(house: House, orders_table: Table) -> Order:
    """The order that the samples are about, PENDING, in a table that never knew it."""
    detail = sample("order_placed")["detail"]
    order = Order(
        order_id=detail["orderId"],
        user_id=detail["userId"],
        event_id=detail["eventId"],
        organizer_id=3,
        reservation_id=detail["reservationId"],
        lines=(line(1), line(2)),
        amounts=amounts_of([1050, 1050]),
        currency="INR",
        request_hash="0" * 64,
        expires_at=NOW,
        created_at=NOW,
        updated_at=NOW,
        correlation_id=detail["correlationId"],
    )
    refund = f"REFUND#{sample('close_refund')['refundId']}"
    sorts = ("ORDER", "TICKET#1", "TICKET#2", refund)
    keys = [("ORDER#" + order.order_id, sort) for sort in sorts]
    for partition, sort in [*keys, ("RESERVATION#" + order.reservation_id, "ORDER")]:
        aws.dynamodb().delete_item(
            TableName=orders_table.name, Key=marshal({"PK": partition, "SK": sort})
        )
    house.store.place(order)
    return order


def advance(house: House, order: Order, *steps: str) -> None:
    """Take the order through these steps, with the payment and the refund of the samples."""
    refund_id = sample("close_refund")["refundId"]
    for step in steps:
        if step == "confirmed":
            payment = sample("confirm_order")["payment"]
            paid = PaymentState(payment["paymentId"], payment["status"])
            house.bookings.confirm(order.order_id, paid, NOW)
        elif step == "voided":
            house.void(order.order_id, refund_id=refund_id, at=NOW)
        elif step == "refunded":
            house.refunds.close(order.order_id, refund_id, NOW)
        else:
            house.give_up(order.order_id, sample("cancel_order")["reason"])


def test_there_is_a_sample_for_each_handler_each_task_and_each_event(
    orders_tasks: ModuleType, orders_reconciler: ModuleType
) -> None:
    tasks = {*orders_tasks.tasks.names, *orders_reconciler.tasks.names}
    expected = {"api", "streams", "rotate_ticket_secret", *tasks, *EVENTS}
    assert {path.stem for path in SAMPLES.iterdir()} == expected


def test_the_api_takes_its_sample(house: House) -> None:
    event = sample("api")
    wanted = json.loads(event["body"])["reservationId"]
    held = house.seating.reservations[house.seating.hold(house.customer_id, house.event_id)]
    house.seating.reservations[wanted] = held._replace(reservation_id=f"api-{wanted}")
    bearer = f"Bearer {house.issuer.token(house.customer_id)}"
    event["headers"]["authorization"] = bearer
    event["multiValueHeaders"]["authorization"] = [bearer]
    answer = house.client.module.handler(event, FakeContext())
    assert (answer["statusCode"], json.loads(answer["body"])["status"]) == (201, "PENDING")
    assert answer["multiValueHeaders"]["X-Request-Id"] == ["sample-1"]


@pytest.mark.parametrize(
    ("name", "steps", "field", "value"),
    [
        ("confirm_order", [], "status", "CONFIRMED"),
        ("cancel_order", [], "reason", "payment-timed-out"),
        ("void_tickets", ["confirmed"], "seatIds", [1, 2]),
        ("close_refund", ["confirmed", "voided"], "status", "REFUNDED"),
        ("plan_refund", ["confirmed"], "seatIds", [2]),
        ("read_order", [], "status", "PENDING"),
        ("export_user", [], "cursor", None),
        ("list_event_orders", [], "orderIds", []),
        ("cancel_event_order", ["confirmed"], "taken", "refunding"),
        ("report_parked", [], "orderId", "0b6a1f0e-3c1d-5d0a-9a53-2f4e0a4a1f52"),
    ],
)
def test_each_task_takes_its_sample(
    house: House,
    order: Order,
    run_task: Callable[..., Any],
    name: str,
    steps: list[str],
    field: str,
    value: Any,
) -> None:
    advance(house, order, *steps)
    house.payments.states[order.order_id] = "VOIDED"
    assert run_task(**sample(name))[field] == value


def test_the_reconciler_takes_its_samples(
    house: House, order: Order, reconcile_task: Callable[..., Any]
) -> None:
    """An order that was due at noon, and that nothing happened to."""
    closed = {"orderId": order.order_id, "outcome": "given-up", "steps": ["settle", "cancel"]}
    assert reconcile_task(**sample("reconcile_order")) == closed
    again = {"orderId": order.order_id, "outcome": "nothing", "steps": []}
    assert reconcile_task(**sample("reconcile_execution")) == again
    # With no time to speak of, every order of other tests is left.
    assert set(reconcile_task(**sample("reconcile_open_orders"))) <= {"left"}


def test_the_stream_handler_takes_its_sample(orders_streams: ModuleType, bus: RecordedBus) -> None:
    assert orders_streams.handler(sample("streams"), None) == {"batchItemFailures": []}
    assert bus.events == [
        ("OrderPlaced", sample("order_placed")["detail"]),
        ("OrderConfirmed", sample("order_confirmed")["detail"]),
    ]


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("order_placed", []),
        ("order_confirmed", ["confirmed"]),
        ("order_cancelled", ["given up"]),
        ("order_refunded", ["confirmed", "voided", "refunded"]),
    ],
)
def test_each_event_is_told_as_its_sample_shows(
    house: House,
    order: Order,
    orders_streams: ModuleType,
    bus: RecordedBus,
    name: str,
    steps: list[str],
) -> None:
    advance(house, order, *steps)
    orders_streams.handler({"Records": records_of(order.order_id)}, None)
    shown = sample(name)
    assert shown["source"] == "boxoffice.orders"
    assert bus.events[-1] == (shown["detail-type"], shown["detail"])
