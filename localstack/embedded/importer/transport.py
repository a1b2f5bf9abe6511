"""One call after the other over HTTP: patient with what passes, never writing a thing twice."""

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from itertools import count
from typing import Any, NamedTuple

import httpx

TIMEOUT_SECONDS = 60
PATIENCE_SECONDS = 90.0
PAUSE_SECONDS = 1.0
# How often a call that may be repeated is, when the system itself fails at it.
MAX_FAILURES = 3

_BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}

Json = dict[str, Any]


class ImportStopped(Exception):  # noqa: N818 - what the import then is
    """The import cannot go on; the message is one line. Run again, it goes on from there."""


class Refused(Exception):  # noqa: N818 - the API's word on one request
    """The API refused one thing (4xx), and will refuse it again."""

    def __init__(self, status: int, problem: Json) -> None:
        faults = "".join(
            f" ({fault['pointer']}: {fault['detail']})" for fault in problem.get("errors") or []
        )
        super().__init__(f"{status} {problem.get('code')}: {problem.get('detail')}{faults}")
        self.status = status
        self.unavailable_seats: list[int] = problem.get("unavailableSeats") or []


class Call(NamedTuple):
    """What to ask. `repeatable` says that doing it twice comes to the same as once."""

    method: str
    path: str
    body: Json | None = None
    headers: Mapping[str, str] = {}
    query: Mapping[str, str | int] = {}
    repeatable: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Pause(NamedTuple):
    """How long to wait before a call is repeated, and why."""

    seconds: float
    reason: str


class Transport:
    """Safe to share between threads."""

    def __init__(
        self,
        url: str,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = url.rstrip("/")
        self.sleep = sleep
        self._clock = clock
        self._http = httpx.Client(base_url=self.url, timeout=TIMEOUT_SECONDS)
        self._has_answered = False

    def close(self) -> None:
        self._http.close()

    def send(self, call: Call) -> Json:
        """Ask until it is answered. Raises Refused for a 4xx and ImportStopped for all else."""
        deadline = self._clock() + PATIENCE_SECONDS
        for attempt in count(1):
            outcome = self._try(call, attempt)
            if not isinstance(outcome, Pause):
                return outcome
            if self._clock() + outcome.seconds > deadline:
                raise self._stopped(call, f"is not answered: {outcome.reason}")
            self.sleep(outcome.seconds)
        raise AssertionError("it is asked until the deadline")

    def _try(self, call: Call, attempt: int) -> Json | Pause:
        """The answer, or how long to wait before asking again."""
        try:
            answer = self._ask(call)
        except httpx.ConnectError as error:
            if not self._has_answered:
                raise ImportStopped(f"Nobody answers at {self.url}: {error}") from error
            # Never sent, so it may be sent again whatever it is.
            return Pause(PAUSE_SECONDS, str(error))
        except httpx.TransportError as error:
            reason = str(error) or type(error).__name__
            if not call.repeatable:
                raise self._stopped(call, f"broke off: {reason}") from error
            return Pause(PAUSE_SECONDS, reason)
        reason = f"status {answer.status_code}"
        if answer.status_code in _BUSY:
            return Pause(_retry_after(answer), reason)
        if answer.is_server_error:
            if not call.repeatable or attempt > MAX_FAILURES:
                raise self._stopped(call, f"failed: {reason}")
            return Pause(PAUSE_SECONDS, reason)
        return self._accept(call, answer)

    def _ask(self, call: Call) -> httpx.Response:
        answer = self._http.request(
            call.method,
            call.path,
            json=call.body,
            headers=call.headers,
            params=call.query or None,
        )
        self._has_answered = True
        return answer

    def _accept(self, call: Call, answer: httpx.Response) -> Json:
        document = _document(answer)
        if answer.is_client_error:
            raise Refused(answer.status_code, document or {"detail": answer.text[:200]})
        if document is None:
            raise ImportStopped(f"{call} at {self.url} is not answered in JSON")
        return document

    def _stopped(self, call: Call, reason: str) -> ImportStopped:
        again = "Run it again and it goes on from here."
        return ImportStopped(f"{call} at {self.url} {reason}. {again}")


def _document(answer: httpx.Response) -> Json | None:
    try:
        document = answer.json()
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _retry_after(answer: httpx.Response) -> float:
    try:
        return max(float(answer.headers.get("Retry-After", "")), 0.1)
    except ValueError:
        return PAUSE_SECONDS
