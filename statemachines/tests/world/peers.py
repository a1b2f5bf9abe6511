"""Whom the product talks to, each call with its moments: functions, the bus, and the provider."""

import io
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from functions.payments.domain import ProviderUnavailable
from functions.payments.providers.port import Answer
from functions.payments.providers.simulator import Simulator
from statemachines.tests.world.step_functions import TaskError, aws_timeout
from statemachines.tests.world.switchboard import Crash, Switchboard

Reply = TypeVar("Reply")
Handler = Callable[[dict[str, Any], Any], Any]


class Functions:
    """Lambda: calls the handlers of this process, each in a process of its own as far as one can
    tell: it may die alone, and only JSON goes in and out.
    """

    def __init__(self, board: Switchboard) -> None:
        self._board = board
        self._handlers: dict[str, Handler] = {}
        # What was asked of whom, in order; whoever asked may have died over it.
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def deploy(self, name: str, handler: Handler) -> None:
        self._handlers[name] = handler

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        """As boto3 does it."""
        try:
            answer = self.run(FunctionName, json.loads(Payload))
        except TaskError as error:
            failure = {"errorType": error.name, "errorMessage": str(error)}
            return {"FunctionError": "Unhandled", "Payload": _body(failure)}
        return {"Payload": _body(answer)}

    def run(self, name: str, payload: dict[str, Any]) -> Any:
        """As a state machine does it. Raises TaskError."""
        self.asked.append((name, payload))
        with self._board.effect(f"invoke {payload['task']}") as effect:
            if effect.is_doubled:
                # Somebody had asked before, and did not hear the answer.
                with suppress(TaskError):
                    self._carry_out(name, payload)
            before = len(self._board.effects)
            answer = self._carry_out(name, payload)
            effect.changes = any(inner.changes for inner in self._board.effects[before:])
        if effect.is_lost:
            raise aws_timeout()
        return answer

    def _carry_out(self, name: str, payload: Mapping[str, Any]) -> Any:
        try:
            return json.loads(
                json.dumps(self._handlers[name](json.loads(json.dumps(payload)), None))
            )
        except Crash as crash:
            raise TaskError("Runtime.ExitError", "the process died") from crash
        except Exception as error:
            raise TaskError(type(error).__name__, str(error)) from error


def _body(answer: Any) -> io.BytesIO:
    return io.BytesIO(json.dumps(answer).encode())


class Bus:
    """EventBridge; what was told, in order."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board
        self.told: list[tuple[str, dict[str, Any]]] = []

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        with self._board.effect("put_events") as effect:
            self.told += [(each["DetailType"], json.loads(each["Detail"])) for each in Entries]
        if effect.is_lost:
            raise aws_timeout()
        return {"FailedEntryCount": 0, "Entries": [{} for _ in Entries]}


class WatchedSimulator(Simulator):
    """The provider, on a line on which a request may come twice and an answer may get lost."""

    def __init__(self, engine: Any, board: Switchboard) -> None:
        super().__init__(engine)
        self._board = board

    def charge(self, key: str, amount_cents: int, currency: str, token: str) -> Answer:
        ask = super().charge
        return self._carry("charge", lambda: ask(key, amount_cents, currency, token))

    def find(self, key: str) -> Answer | None:
        ask = super().find
        return self._carry("find", lambda: ask(key), changes=False)

    def cancel(self, key: str) -> Answer:
        ask = super().cancel
        return self._carry("cancel", lambda: ask(key))

    def refund(self, refund_key: str, charge_key: str, amount_cents: int) -> str:
        ask = super().refund
        return self._carry("refund", lambda: ask(refund_key, charge_key, amount_cents))

    def _carry(self, name: str, ask: Callable[[], Reply], *, changes: bool = True) -> Reply:
        with self._board.effect(f"provider {name}") as effect:
            effect.changes = changes
            if effect.is_doubled:
                ask()
            answer = ask()
        if effect.is_lost:
            raise ProviderUnavailable.retry_after(1, "The answer got lost on its way.")
        return answer
