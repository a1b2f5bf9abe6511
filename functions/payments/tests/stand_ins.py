"""Whom payments talks to, recorded; and the ways in which a provider and a process can fail."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from types import ModuleType
from typing import Any

from botocore.exceptions import ClientError
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from functions.payments.domain import ProviderUnavailable, whole_refund_id_of
from functions.payments.providers.port import Answer
from functions.payments.providers.simulator import Simulator
from functions.shared import aws
from functions.shared.idempotency import derived_id
from functions.shared.problems import NotFound, Problem
from functions.shared.tests.gateway import FakeContext


class RecordedSteps:
    """Step Functions, as far as a signal goes: it says that a token in `gone` is gone."""

    # Real ones, as boto3 makes them, so that their spelling is proven too.
    exceptions = aws.step_functions().exceptions

    def __init__(self) -> None:
        self.signals: list[dict[str, Any]] = []
        self.gone: dict[str, type[ClientError]] = {}

    def send_task_success(self, taskToken: str, output: str) -> None:  # noqa: N803
        self._receive(taskToken, {"output": json.loads(output)})

    def send_task_failure(self, taskToken: str, error: str, cause: str) -> None:  # noqa: N803
        self._receive(taskToken, {"error": error, "cause": cause})

    def _receive(self, token: str, signal: dict[str, Any]) -> None:
        if token in self.gone:
            raise self.gone[token]({"Error": {}}, "SendTask")
        self.signals.append({"taskToken": token, **signal})


class RecordedBus:
    """EventBridge; `down` refuses everything."""

    def __init__(self) -> None:
        self.down = False
        self.events: list[tuple[str, dict[str, Any]]] = []

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        if self.down:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}
        for entry in Entries:
            assert entry["Source"] == "boxoffice.payments"
            self.events.append((entry["DetailType"], json.loads(entry["Detail"])))
        return {"FailedEntryCount": 0, "Entries": []}

    def named(self, detail_type: str, order_id: str) -> list[dict[str, Any]]:
        return [
            detail
            for name, detail in self.events
            if name == detail_type and detail["orderId"] == order_id
        ]


class FlakyProvider(Simulator):
    """The simulator on a bad line: while `down` nothing reaches it, and nothing comes back."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.down = False

    def _check_line(self) -> None:
        if self.down:
            raise ProviderUnavailable.retry_after(1, "No route to the provider.")

    def charge(self, key: str, amount_cents: int, currency: str, token: str) -> Answer:
        self._check_line()
        return super().charge(key, amount_cents, currency, token)

    def find(self, key: str) -> Answer | None:
        self._check_line()
        return super().find(key)

    def cancel(self, key: str) -> Answer:
        self._check_line()
        return super().cancel(key)

    def refund(self, refund_key: str, charge_key: str, amount_cents: int) -> str:
        self._check_line()
        return super().refund(refund_key, charge_key, amount_cents)


class Crash(BaseException):
    """The process is gone; nothing can catch it and carry on."""


def lost_commit() -> OperationalError:
    """The database has committed, and its word of it never came."""
    return OperationalError("COMMIT", {}, Exception("the connection was lost"))


Death = Callable[[], BaseException]


class DyingEngine:
    """An engine whose process dies right after its `commits`-th commit, before the next step."""

    def __init__(self, engine: Engine, commits: int, death: Death) -> None:
        self._engine = engine
        self._left = commits
        self._death = death

    @property
    def died(self) -> bool:
        return self._left <= 0

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        if self.died:
            raise self._death()
        with self._engine.begin() as connection:
            yield connection
        self._left -= 1
        if self.died:
            raise self._death()


class KnownOrders:
    """Orders' answers, by order id; `asked` is whom it was asked for.

    It plans a whole refund, or one of tickets of 1000 each; `wishes` are what was asked of it then,
    `refusal` what it raises instead, `closed` the refunds that are done.
    """

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, int | None]] = []
        self.wishes: list[dict[str, Any]] = []
        self.refusal: Problem | None = None
        self.closed: set[str] = set()

    def add(self, order_id: str, user_id: int, status: str = "CONFIRMED") -> None:
        seats = () if status == "PENDING" else (1, 2)
        tickets = [{"ticketId": f"{order_id[:8]}-{seat}", "seatId": seat} for seat in seats]
        self.orders[order_id] = {"userId": user_id, "status": status, "tickets": tickets}

    def read(self, order_id: str, user_id: int | None = None) -> dict[str, Any]:
        self.asked.append((order_id, user_id))
        order = self.orders.get(order_id)
        if order is None or user_id not in (None, order["userId"]):
            raise NotFound("There is no such order.")
        return order

    def plan_refund(self, **wish: Any) -> dict[str, Any]:
        self.wishes.append(wish)
        if self.refusal is not None:
            raise self.refusal
        order, ticket_ids = self.read(wish["orderId"]), wish["ticketIds"]
        seats = {each["ticketId"]: each["seatId"] for each in order["tickets"]}
        refund_id = whole_refund_id_of(wish["paymentId"])
        if ticket_ids is not None:
            refund_id = derived_id("refund-tickets", *ticket_ids)
        return {
            "orderId": wish["orderId"],
            "refundId": refund_id,
            "paymentId": wish["paymentId"],
            "seatIds": None if ticket_ids is None else [seats[each] for each in ticket_ids],
            "amountCents": None if ticket_ids is None else 1000 * len(ticket_ids),
            "reason": wish["reason"],
            "force": wish["force"],
            "isClosed": refund_id in self.closed,
        }


class RefundSaga:
    """Step Functions, as far as starting and looking goes; a started refund is run by `run`."""

    exceptions = aws.step_functions().exceptions

    def __init__(self, run: Callable[[dict[str, Any]], None]) -> None:
        self.run = run
        self.executions: dict[str, dict[str, Any]] = {}

    def start_execution(self, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: A002, N803
        arn = f"{stateMachineArn.replace(':stateMachine:', ':execution:')}:{name}"
        if arn in self.executions:
            raise self.exceptions.ExecutionAlreadyExists({"Error": {}}, "StartExecution")
        self.executions[arn] = {"status": "RUNNING", "input": json.loads(input)}
        try:
            self.run(json.loads(input))
        except Problem as problem:
            self.executions[arn] |= {"status": "FAILED", "error": type(problem).__name__}
        else:
            self.executions[arn]["status"] = "SUCCEEDED"
        return {"executionArn": arn}

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803
        return self.executions[executionArn]


class RecordedQueue(list[dict[str, Any]]):
    """An SQS queue: what was sent, in order. `down` refuses everything."""

    down = False

    def send_message(self, QueueUrl: str, MessageBody: str, DelaySeconds: int = 0) -> None:  # noqa: N803
        if self.down:
            raise ClientError({"Error": {"Code": "ServiceUnavailable"}}, "SendMessage")
        assert QueueUrl == "notices"
        self.append(json.loads(MessageBody))


class KnownSecrets(dict[str, str]):
    """Secrets Manager with one secret of JSON; `fetched` counts who asked."""

    fetched = 0

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803
        assert SecretId == "arn"
        self.fetched += 1
        return {"SecretString": json.dumps(self)}


class Deployed:
    """Lambda, with one function in it."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        answer = self._module.handler(json.loads(Payload), FakeContext())
        return {"Payload": BytesIO(json.dumps(answer).encode())}
