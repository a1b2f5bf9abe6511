"""A client that goes on asking while the other side dies and comes back, as a good one does.

Nobody knows whether a request whose answer did not come was carried out, so it is sent again with
the same Idempotency-Key. An answer is an answer: no 2xx and no 4xx is asked again, but for a 409
that says when to, and a 401 after a fresh sign-in.
"""

import time
from collections import Counter
from contextlib import suppress
from threading import Event
from typing import Any, Final

import httpx

from e2e.client import PASSWORD, Client, connections, ok

# A 503 is also what the gateway answers for a function that died, a 502 the edge for an emulator
# that broke off.
_ASKED_AGAIN: Final = frozenset({401, 502, 503, 504})
_SECONDS: Final = 900
# A request that died holds its key for 30 seconds. What else may come of itself comes sooner.
_REFUSAL_SECONDS: Final = {"request-in-progress": 45}
_OTHER_REFUSAL_SECONDS: Final = 8


class PatientClient(Client):
    """`retries` counts why it asked again. Once `closed` is set there is nobody left to ask."""

    def __init__(self, account: Client, closed: Event) -> None:
        super().__init__(account.url, account.token, account.user_id)
        self.retries: Counter[str] = Counter()
        self._username = ok(account.get("/v1/users/me"))["username"]
        self._closed = closed

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        given = options.pop("headers", {})
        began = time.monotonic()
        while True:
            waited, pause = time.monotonic() - began, 0.5
            try:
                answer = connections().request(
                    method, self.url + path, headers=self.headers | given, **options
                )
            except httpx.TransportError as error:
                why = type(error).__name__
            else:
                if _is_final(answer, waited):
                    return answer
                why = f"{answer.status_code} {answer.json()['code']}"
                pause = min(float(answer.headers.get("retry-after", pause)), 2)
                if answer.status_code == 401:
                    self._sign_in()
            self.retries[why] += 1
            assert waited < _SECONDS, f"{method} {path} stayed unavailable: {why}"
            assert not self._closed.wait(pause), "The stack is gone."

    def _sign_in(self) -> None:
        """An access token is good for 15 minutes only."""
        with suppress(httpx.TransportError):
            answer = connections().post(
                f"{self.url}/v1/users/login",
                json={"usernameOrEmail": self._username, "password": PASSWORD},
            )
            if answer.status_code == 200:
                self.headers = {"Authorization": f"Bearer {answer.json()['token']}"}


def _is_final(answer: httpx.Response, waited: float) -> bool:
    if answer.status_code == 409 and "retry-after" in answer.headers:
        patience = _REFUSAL_SECONDS.get(answer.json()["code"], _OTHER_REFUSAL_SECONDS)
        return waited > patience
    return answer.status_code not in _ASKED_AGAIN
