"""What payments asks of orders, as orders' task function is called."""

import io
import json
from typing import Any

import boto3
import pytest
from botocore.config import Config
from embedded.config import free_port

from functions.payments.neighbours import Orders
from functions.shared.problems import NotFound, ServiceUnavailable


class OrdersFunction:
    """Lambda, as far as invoking goes: it answers `answer`."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.calls: list[tuple[str, Any]] = []

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        self.calls.append((FunctionName, json.loads(Payload)))
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode())}


def test_an_order_is_asked_for_by_its_owner_or_by_nobody() -> None:
    function = OrdersFunction({"orderId": "o"})
    orders = Orders(function, "orders-tasks")  # type: ignore[arg-type]
    assert orders.read("o", 7) == orders.read("o") == {"orderId": "o"}
    asked = {"task": "read_order", "orderId": "o", "answerProblems": True}
    assert function.calls == [("orders-tasks", asked | {"userId": 7}), ("orders-tasks", asked)]


def test_an_order_that_is_not_there_is_not_found() -> None:
    problem = NotFound("There is no such order.").document()
    with pytest.raises(NotFound, match="no such order"):
        Orders(OrdersFunction({"problem": problem}), "orders").read("o")  # type: ignore[arg-type]


def test_orders_being_away_is_a_503() -> None:
    client = boto3.client(
        "lambda",
        endpoint_url=f"http://127.0.0.1:{free_port()}",
        config=Config(retries={"total_max_attempts": 1}),
    )
    with pytest.raises(ServiceUnavailable):
        Orders(client, "orders").read("o")
