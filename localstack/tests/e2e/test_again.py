"""What the deployed functions and sagas are told again, once orders are at their ends, changes no
byte of what is stored. In any order, and days later: `statemachines/tests/test_again.py`.
"""

import json
from typing import Any

import pytest
from embedded.stack import RunningStack

from e2e.books import payments_engine
from e2e.client import Client, eventually, hall, register
from functions.payments.domain import attempt_key_of, payment_id_of
from statemachines.tests.world.records import deleted_by_ttl
from statemachines.tests.world.snapshot import Snapshot, differences, taken

CARD = {"type": "card", "token": "tok_ok"}
DUE = (
    *("orderId", "userId", "eventId", "organizerId"),
    *("amountCents", "currency", "expiresAt", "paymentMethod"),
)
Orders = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def orders(stack: RunningStack, organizer: Client, url: str) -> Orders:
    """One order of an event for each end that there is."""
    event_id, buyer = hall(organizer), register(url)

    def ended(seat_ids: list[int], status: str, **body: Any) -> dict[str, Any]:
        order = buyer.order(buyer.reserve(event_id, seat_ids)["reservationId"], **body)
        path = f"/v1/orders/{order['orderId']}"
        if status == "REFUNDED":
            buyer.order_once(order["orderId"], "CONFIRMED")
        if status in ("REFUNDED", "CANCELLED"):
            buyer.post(f"{path}/cancel")
        if status == "FAILED":
            given_up = {"orderId": order["orderId"], "reason": "PaymentTimedOut"}
            invoke(stack, "payments", "tasks", {"task": "settle_payment", **given_up})
        return buyer.order_once(order["orderId"], status)

    found = {
        "CONFIRMED": ended([1, 2], "CONFIRMED", paymentMethod=CARD),
        "REFUNDED": ended([3, 4], "REFUNDED", paymentMethod=CARD),
        "CANCELLED": ended([5], "CANCELLED"),
        "FAILED": ended([6], "FAILED"),
    }
    await_end(stack, found)
    return found


def test_a_second_execution_of_each_saga_changes_nothing(
    stack: RunningStack, orders: Orders
) -> None:
    before = stored(stack, orders)
    sagas = stack.client("stepfunctions")
    for execution in executions(stack, orders):
        sagas.start_execution(
            stateMachineArn=execution["stateMachineArn"],
            name=f"again-{execution['name']}",
            input=execution["input"],
        )
        # One after the other, by the workers that are there: starting more takes long.
        await_end(stack, orders)
    # Four bookings and a refund, twice each.
    statuses = [each["status"] for each in executions(stack, orders)]
    assert statuses == ["SUCCEEDED"] * 10
    assert differences(before, stored(stack, orders)) == []


def test_tasks_delivered_again_change_nothing(stack: RunningStack, orders: Orders) -> None:
    before = stored(stack, orders)
    booked = {each["orderId"]: each for each in inputs(stack, orders, "expiresAt")}
    for order in orders.values():
        order_id = order["orderId"]
        ids = {"orderId": order_id, "reservationId": order["reservationId"]}
        due = {key: booked[order_id][key] for key in DUE}
        token = {"taskToken": "of-a-saga-that-has-ended"}
        for domain, task, payload in (
            ("seating", "secure_seats", ids),
            ("payments", "collect_payment", due | token),
            ("payments", "settle_payment", {"orderId": order_id, "reason": "late"}),
            ("seating", "allocate_seats", ids),
            ("orders", "confirm_order", {"orderId": order_id}),
            ("seating", "release_seats", ids),
            ("orders", "cancel_order", {"orderId": order_id, "reason": "late"}),
            ("payments", "relay_outbox", {}),
        ):
            invoke(stack, domain, "tasks", {"task": task, **payload})
        reconciled = {"task": "reconcile_order", "orderId": order_id}
        assert invoke(stack, "orders", "reconciler", reconciled)["outcome"] == "nothing"
    asked = inputs(stack, orders, "refundId")[0]
    refund = {key: asked[key] for key in ("orderId", "refundId")}
    voided = invoke(stack, "orders", "tasks", {"task": "void_tickets", **refund})
    assert voided.pop("amountCents") > 0
    for domain, task, payload in (
        ("payments", "refund_payment", refund),
        ("seating", "release_sold_seats", voided),
        ("orders", "close_refund", refund),
    ):
        assert "errorType" not in invoke(stack, domain, "tasks", {"task": task, **payload})
    assert differences(before, stored(stack, orders)) == []


def test_stream_records_delivered_again_change_nothing(stack: RunningStack, orders: Orders) -> None:
    before = stored(stack, orders)
    for domain, table in stack.tables.items():
        records = [each for each in records_of(stack, table) if is_of(orders, json.dumps(each))]
        assert len(records) >= 10
        deleted = list(deleted_by_ttl(records))
        # Of the orders' table DynamoDB deletes nothing; of seating's, six holds.
        assert len(deleted) == (6 if domain == "seating" else 0)
        for batch in (records, records[::-1], deleted):
            answer = invoke(stack, domain, "streams", {"Records": batch})
            assert answer == {"batchItemFailures": []}
    assert differences(before, stored(stack, orders)) == []


def stored(stack: RunningStack, orders: Orders) -> Snapshot:
    """All that is kept of these orders, and of their event."""
    engine = payments_engine(stack)
    everything = taken(stack.client("dynamodb"), stack.tables.values(), engine)
    engine.dispose()
    kept = {
        name: content
        for name, content in everything.items()
        if is_of(orders, name) or is_of(orders, content.decode())
    }
    # Seats, slots, reservations, orders, tickets, payments, attempts, and the provider's books.
    assert len(kept) >= 30
    return kept


def is_of(orders: Orders, text: str) -> bool:
    order_ids = [order["orderId"] for order in orders.values()]
    event_id = next(iter(orders.values()))["eventId"]
    ids = [
        *order_ids,
        *(order["reservationId"] for order in orders.values()),
        *map(payment_id_of, order_ids),
        *(attempt_key_of(order_id, 1) for order_id in order_ids),
        *(f"{kind}#{event_id}{end}" for kind in ("CLAIMS", "SLOT", "EVENT") for end in "#/"),
    ]
    return any(each in text for each in ids)


def executions(stack: RunningStack, orders: Orders) -> list[dict[str, Any]]:
    """Those of both machines that these orders are the input of."""
    sagas = stack.client("stepfunctions")
    named = {stack.names.state_machine(name) for name in ("booking", "refund")}
    machines = sagas.list_state_machines()["stateMachines"]
    return [
        found
        for machine in machines
        if machine["name"] in named
        for page in sagas.get_paginator("list_executions").paginate(
            stateMachineArn=machine["stateMachineArn"]
        )
        for each in page["executions"]
        for found in [sagas.describe_execution(executionArn=each["executionArn"])]
        if json.loads(found["input"])["orderId"] in {each["orderId"] for each in orders.values()}
    ]


def inputs(stack: RunningStack, orders: Orders, field: str) -> list[dict[str, Any]]:
    """Of each saga that was given such a field."""
    given = [json.loads(each["input"]) for each in executions(stack, orders)]
    return [each for each in given if field in each]


def await_end(stack: RunningStack, orders: Orders) -> None:
    eventually(
        lambda: {each["executionArn"]: each["status"] for each in executions(stack, orders)},
        lambda statuses: "RUNNING" not in statuses.values(),
        seconds=120,
    )


def records_of(stack: RunningStack, table: str) -> list[dict[str, Any]]:
    """Every record of a table's stream, as its event source delivered it once."""
    streams = stack.client("dynamodbstreams")
    (stream,) = streams.list_streams(TableName=table)["Streams"]
    described = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]
    found: list[dict[str, Any]] = []
    for shard in described["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=stream["StreamArn"],
            ShardId=shard["ShardId"],
            ShardIteratorType="TRIM_HORIZON",
        )["ShardIterator"]
        while iterator:
            page = streams.get_records(ShardIterator=iterator)
            found += json.loads(json.dumps(page["Records"], default=str))
            iterator = page.get("NextShardIterator") if page["Records"] else None
    return found


def invoke(stack: RunningStack, domain: str, role: str, payload: dict[str, Any]) -> Any:
    """A deployed function's answer, or how it refused."""
    name = stack.names.function(domain, role)
    answer = stack.client("lambda").invoke(FunctionName=name, Payload=json.dumps(payload).encode())
    return json.loads(answer["Payload"].read())
