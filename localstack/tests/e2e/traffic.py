"""What a crowd sends: so many requests in flight at most, and every answer counted."""

import time
from collections import Counter
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock
from typing import Any, Final, NamedTuple

import httpx

from e2e.client import TRIES, Client, connections

_DECISION_SECONDS: Final = 120


class AnswerLost(Exception):  # noqa: N818 - an outcome: nobody knows what became of the request
    def __init__(self, asked_at: float) -> None:
        super().__init__("the answer was lost")
        self.asked_at = asked_at


class Exchange(NamedTuple):
    """A request and its answer; times are of this process' monotonic clock.

    Of a request that was sent again, `first_asked_at` is when it was sent first, and `asked_at`
    when it was sent for the last time, to be answered so.
    """

    answer: httpx.Response
    first_asked_at: float
    asked_at: float
    answered_at: float

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def body(self) -> Any:
        return self.answer.json()

    @property
    def code(self) -> str:
        """The name of a refusal."""
        return str(self.body["code"])


@dataclass
class Traffic:
    """`answers` counts them by status, and those that said "not now" as such besides."""

    in_flight: int
    answers: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._gate = BoundedSemaphore(self.in_flight)
        self._lock = Lock()

    def __str__(self) -> str:
        return ", ".join(f"{count} x {what}" for what, count in sorted(self.answers.items()))

    def send(
        self,
        sender: Client,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        patience_seconds: float = 60,
    ) -> Exchange:
        """Send it, and again for as long as we are told to come back.

        Raises AnswerLost when patience ends, and fails for a 5xx that is no 503 with Retry-After.
        """
        headers = sender.headers | ({"Idempotency-Key": key} if key else {})
        first_asked_at: float | None = None
        for _ in range(TRIES):
            with self._gate:
                asked_at = time.monotonic()
                first_asked_at = first_asked_at or asked_at
                try:
                    answer = connections().request(
                        method,
                        sender.url + path,
                        json=body,
                        headers=headers,
                        timeout=httpx.Timeout(60, read=patience_seconds),
                    )
                except httpx.ReadTimeout as error:
                    self._count("lost")
                    raise AnswerLost(first_asked_at) from error
                answered_at = time.monotonic()
            self._count(str(answer.status_code))
            wait = answer.headers.get("retry-after")
            if answer.status_code not in (409, 503) or wait is None:
                said = f"{method} {path}: {answer.status_code} {answer.text}"
                assert answer.status_code < 500, said
                return Exchange(answer, first_asked_at, asked_at, answered_at)
            self._count(f"{answer.status_code} sent again")
            time.sleep(min(float(wait), 2))
        raise AssertionError(f"{method} {path} was never answered")

    def await_order(self, sender: Client, order_id: str, *statuses: str) -> Exchange:
        """The order's first sight in one of these states; fails if it ends in another."""
        deadline = time.monotonic() + _DECISION_SECONDS
        while True:
            seen = self.send(sender, "GET", f"/v1/orders/{order_id}")
            status = seen.body["status"]
            if status in statuses:
                return seen
            underway = ("PENDING", "CONFIRMED") if "REFUNDED" in statuses else ("PENDING",)
            assert status in underway, seen.answer.text
            assert time.monotonic() < deadline, seen.answer.text
            time.sleep(0.5)

    def _count(self, what: str) -> None:
        with self._lock:
            self.answers[what] += 1
