"""The public HTTP API as the importer uses it: signed in, whole lists, things made once."""

import threading
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from types import TracebackType
from typing import Self

from embedded.importer.transport import Call, ImportStopped, Json, Refused, Transport

PAGE_SIZE = 100

# A token is renewed this long before it expires, so that no request arrives with a stale one.
RENEWAL_MARGIN_SECONDS = 30


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
        self._transport = Transport(url, sleep, clock)
        self._credentials = {"usernameOrEmail": username, "password": password}
        self._clock = clock
        self._signing_in = threading.Lock()
        self._bearer = ""
        self._stale_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._transport.close()

    @property
    def url(self) -> str:
        return self._transport.url

    def sleep(self, seconds: float) -> None:
        self._transport.sleep(seconds)

    def sign_in(self) -> None:
        """Raises ImportStopped when nobody answers or the password is wrong."""
        call = Call("POST", "/v1/users/login", self._credentials, repeatable=True)
        try:
            answer = self._transport.send(call)
        except Refused as refusal:
            reason = f"does not let the administrator in: {refusal}"
            raise ImportStopped(f"{self.url} {reason}") from refusal
        self._bearer = answer["token"]
        self._stale_at = self._clock() + answer["expiresIn"] - RENEWAL_MARGIN_SECONDS

    def get(self, path: str, **query: str | int) -> Json:
        return self._send(Call("GET", path, query=query, repeatable=True))

    def items(self, path: str, **query: str | int) -> Iterator[Json]:
        """Everything a list holds, page after page."""
        page = self.get(path, limit=PAGE_SIZE, **query)
        yield from page["items"]
        while page["nextCursor"] is not None:
            page = self.get(path, limit=PAGE_SIZE, cursor=page["nextCursor"], **query)
            yield from page["items"]

    def put(self, path: str, body: Json) -> Json:
        return self._send(Call("PUT", path, body, repeatable=True))

    def post(self, path: str, body: Json) -> Json:
        """Something new. An answer that is lost stops the import: the next run looks it up."""
        return self._send(Call("POST", path, body))

    def post_once(self, path: str, body: Json, key: str, **headers: str) -> Json:
        """Something new under an idempotency key: the same key and body make it only once."""
        keyed = {"Idempotency-Key": key, **headers}
        return self._send(Call("POST", path, body, keyed, repeatable=True))

    def _send(self, call: Call) -> Json:
        for is_last_try in (False, True):
            token = self._fresh_token()
            signed = {**call.headers, "Authorization": f"Bearer {token}"}
            try:
                return self._transport.send(call._replace(headers=signed))
            except Refused as refusal:
                if refusal.status not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                    raise
                if is_last_try or refusal.status == HTTPStatus.FORBIDDEN:
                    raise ImportStopped(f"{call} is not for this account: {refusal}") from refusal
                self._forget(token)
        raise AssertionError("the last try returns or raises")

    def _fresh_token(self) -> str:
        with self._signing_in:
            if self._clock() >= self._stale_at:
                self.sign_in()
            return self._bearer

    def _forget(self, token: str) -> None:
        """The server's clock or keys moved on before ours: sign in again, once for all threads."""
        with self._signing_in:
            if token == self._bearer:
                self._stale_at = 0.0
