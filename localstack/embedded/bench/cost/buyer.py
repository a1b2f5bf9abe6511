"""A customer who buys, each request marked so that all that comes of it is known again."""

import time
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

import httpx

from embedded.bench.caller import Caller, Json
from embedded.bench.cost.invocations import Counted
from embedded.errors import StackError
from embedded.stack import RunningStack

_PATIENCE_SECONDS: Final = 60
_CARD: Final = {"type": "card", "token": "tok_ok"}  # nosec B105


class Buyer:
    """A new customer of one event, with what their requests came to and the ids of their things."""

    def __init__(
        self, stack: RunningStack, counted: Counted, http: httpx.Client, event_id: int
    ) -> None:
        self.requests = 0
        self.answered_bytes = 0
        self.ids: set[str] = set()
        self.order_id = ""
        self.reservation_id = ""
        self._counted = counted
        self._names = stack.names
        self._executions = stack.client("stepfunctions")
        self._event_id = event_id
        self._customer = Caller.customer(http)

    def in_one_call(self, seat_ids: list[int]) -> None:
        """The seats, the order and the card, all at once."""
        self._order({"eventId": self._event_id, "seatIds": seat_ids, "paymentMethod": _CARD})

    def in_two_calls(self, seat_ids: list[int]) -> None:
        """A hold; then the order with the card."""
        self.hold(seat_ids)
        self._order({"reservationId": self.reservation_id, "paymentMethod": _CARD})

    def in_three_calls(self, seat_ids: list[int]) -> None:
        """A hold; then the order; then the charge, as a form that asks for the card last does."""
        self.hold(seat_ids)
        order = self._order({"reservationId": self.reservation_id})
        # Who types a card's number takes longer than the saga to say what is due. A charge that
        # came sooner would ask for that again and again, and cost more the busier the machine is.
        eventually("the payment's announcement", self._is_announced)
        charge = {
            "merchantOrderId": self.order_id,
            "amountCents": order["totalCents"],
            "currency": order["currency"],
            "paymentMethod": _CARD,
        }
        self._post("/v1/charge", charge)

    def hold(self, seat_ids: list[int]) -> None:
        wish = {"eventId": self._event_id, "seatIds": seat_ids}
        self.reservation_id = self._post("/v1/seats/reserve", wish)["reservationId"]
        self.ids.add(self.reservation_id)

    def await_confirmed(self) -> None:
        """Looked up behind the API's back: asking it would cost something itself."""
        eventually("the booking's end", self._is_over)

    @property
    def execution(self) -> str:
        """Its ARN."""
        machines = self._executions.list_state_machines()["stateMachines"]
        name = self._names.state_machine("booking")
        [machine] = [one["stateMachineArn"] for one in machines if one["name"] == name]
        return f"{machine.replace(':stateMachine:', ':execution:')}:{self.order_id}"

    def history(self) -> list[dict[str, Any]]:
        """Every event of the booking's execution."""
        pages = self._executions.get_paginator("get_execution_history")
        return [
            event
            for page in pages.paginate(executionArn=self.execution, includeExecutionData=False)
            for event in page["events"]
        ]

    def _is_announced(self) -> bool:
        about = self._counted.about({self.order_id})
        return any(one.what == "collect_payment" for one in about)

    def _is_over(self) -> bool:
        status = self._executions.describe_execution(executionArn=self.execution)["status"]
        if status not in ("RUNNING", "SUCCEEDED"):
            raise StackError(f"The booking {self.order_id} ended as {status}.")
        return bool(status == "SUCCEEDED")

    def _order(self, body: Json) -> Json:
        order = self._post("/v1/orders", body)
        self.order_id, self.reservation_id = order["orderId"], order["reservationId"]
        self.ids |= {self.order_id, self.reservation_id}
        return order

    def _post(self, path: str, body: Json) -> Json:
        request_id = str(uuid4())
        headers = {"X-Request-Id": request_id, "Idempotency-Key": request_id}
        answer = self._customer.ask("POST", path, json=body, headers=headers)
        self.ids.add(request_id)
        self.requests += 1
        self.answered_bytes += len(answer.content) + sum(
            len(name) + len(value) for name, value in answer.headers.raw
        )
        made: Json = answer.json()
        return made


WAYS: Final[dict[str, Callable[[Buyer, list[int]], None]]] = {
    "order with seats and card": Buyer.in_one_call,
    "hold; order with card": Buyer.in_two_calls,
    "hold; order; charge": Buyer.in_three_calls,
}


def eventually(what: str, look: Callable[[], bool]) -> None:
    """Return once it is so. Raises StackError, which says what was waited for."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not look():
        if time.monotonic() > deadline:
            raise StackError(f"After {_PATIENCE_SECONDS} s there was not {what}.")
        time.sleep(0.1)
