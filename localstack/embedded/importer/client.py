"""The public HTTP API as the importer uses it: signed in, patient, never writing a thing twice."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import httpx

TIMEOUT_SECONDS = 60
PATIENCE_SECONDS = 90.0
PAUSE_SECONDS = 1.0
PAGE_SIZE = 100

# A token is renewed this long before it expires, so that no request arrives with a stale one.
RENEWAL_MARGIN_SECONDS = 30

_BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
_NOT_OURS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}

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


class Api:
    """Calls signed in as one account. Safe to share between threads."""

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = url.rstrip("/")
        self._credentials = {"usernameOrEmail": username, "password": password}
        self._sleep = sleep
        self._clock = clock
        self._http = httpx.Client(base_url=self.url, timeout=TIMEOUT_SECONDS)
        self._signing_in = threading.Lock()
        self._token = ""
        self._stale_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.close()

    def sign_in(self) -> None:
        """Raises ImportStopped when nobody answers or the password is wrong."""
        try:
            answer = self._send("POST", "/v1/users/login", self._credentials, {}, repeatable=True)
        except Refused as refusal:
            raise ImportStopped(
                f"{self.url} does not let the administrator in: {refusal}"
            ) from refusal
        self._token = answer["token"]
        self._stale_at = self._clock() + answer["expiresIn"] - RENEWAL_MARGIN_SECONDS

    def get(self, path: str, **query: str | int) -> Json:
        return self._call("GET", path, None, query=query, repeatable=True)

    def items(self, path: str, **query: str | int) -> Iterator[Json]:
        """Everything a list holds, page after page."""
        page = self.get(path, limit=PAGE_SIZE, **query)
        yield from page["items"]
        while page["nextCursor"] is not None:
            page = self.get(path, limit=PAGE_SIZE, cursor=page["nextCursor"], **query)
            yield from page["items"]

    def put(self, path: str, body: Json) -> Json:
        return self._call("PUT", path, body, repeatable=True)

    def post(self, path: str, body: Json) -> Json:
        """Something new. An answer that is lost stops the import: the next run looks it up."""
        return self._call("POST", path, body, repeatable=False)

    def post_once(self, path: str, body: Json, key: str, **headers: str) -> Json:
        """Something new under an idempotency key: the same key and body make it only once."""
        return self._call("POST", path, body, {"Idempotency-Key": key, **headers}, repeatable=True)

    def _call(
        self,
        method: str,
        path: str,
        body: Json | None,
        headers: Mapping[str, str] | None = None,
        *,
        query: Mapping[str, str | int] | None = None,
        repeatable: bool,
    ) -> Json:
        for is_last_try in (False, True):
            token = self._fresh_token()
            signed = {"Authorization": f"Bearer {token}", **(headers or {})}
            try:
                return self._send(method, path, body, signed, query=query, repeatable=repeatable)
            except Refused as refusal:
                if refusal.status not in _NOT_OURS:
                    raise
                if is_last_try or refusal.status == HTTPStatus.FORBIDDEN:
                    raise ImportStopped(
                        f"{method} {self.url}{path} is not for us: {refusal}"
                    ) from refusal
                self._forget(token)
        raise AssertionError("the last try returns or raises")

    def _fresh_token(self) -> str:
        with self._signing_in:
            if self._clock() >= self._stale_at:
                self.sign_in()
            return self._token

    def _forget(self, token: str) -> None:
        """The server's clock or keys moved on before ours: sign in again, once for all threads."""
        with self._signing_in:
            if token == self._token:
                self._stale_at = 0.0

    def _send(
        self,
        method: str,
        path: str,
        body: Json | None,
        headers: Mapping[str, str],
        *,
        query: Mapping[str, str | int] | None = None,
        repeatable: bool,
    ) -> Json:
        """Ask until it is answered. Raises Refused for a 4xx and ImportStopped for all else."""
        deadline = self._clock() + PATIENCE_SECONDS
        while True:
            try:
                answer = self._http.request(
                    method, path, json=body, headers=headers, params=query or None
                )
            except httpx.ConnectError as error:
                if not self._token:
                    raise ImportStopped(f"Nobody answers at {self.url}: {error}") from error
                # Never sent, so it may be sent again whatever it is.
                reason, pause = str(error), PAUSE_SECONDS
            except httpx.TransportError as error:
                reason, pause = str(error) or type(error).__name__, PAUSE_SECONDS
                if not repeatable:
                    raise ImportStopped(f"{method} {self.url}{path} broke off: {reason}") from error
            else:
                if answer.status_code not in _BUSY:
                    return self._accept(answer)
                reason, pause = f"status {answer.status_code}", _retry_after(answer)
            if self._clock() + pause > deadline:
                raise ImportStopped(f"{method} {self.url}{path} is not answered: {reason}")
            self._sleep(pause)

    def _accept(self, answer: httpx.Response) -> Json:
        request = answer.request
        if answer.is_success:
            document = _document(answer)
            if document is None:
                raise ImportStopped(f"{request.method} {request.url} is not answered in JSON")
            return document
        if not answer.is_client_error:
            raise ImportStopped(
                f"{request.method} {request.url} failed: status {answer.status_code}"
            )
        raise Refused(answer.status_code, _document(answer) or {"detail": answer.text[:200]})


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
