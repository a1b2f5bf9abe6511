"""Starts a worker of every HTTP function, so that no first request has to wait for one."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import httpx

from embedded.errors import StackError

_PATHS: Final = (
    "/health",
    "/health/users",
    "/health/catalog",
    "/health/seating",
    "/health/orders",
    "/health/payments",
)
# Each is a cold start; all together, on a machine that has much else to do, they take their time.
_SECONDS: Final = 120
# One that did not come up in its own time is up at the next.
_TRIES: Final = 3


class UnhealthyError(StackError):
    """A domain can't reach its store; the message says which."""


def warm(upstream: str) -> int:
    """Ask every domain for its health, all at once; how many there are. Raises UnhealthyError.

    `upstream` is the address of the API's stage.
    """
    executor = ThreadPoolExecutor(len(_PATHS))
    try:
        for answer in executor.map(lambda path: _ask(upstream + path), _PATHS):
            if answer.status_code != httpx.codes.OK:
                path = answer.request.url.path
                raise UnhealthyError(f"{path} answers {answer.status_code}: {answer.text}")
    finally:
        # Not waited for when we are asked to stop: what is under way ends with the emulator.
        executor.shutdown(wait=False, cancel_futures=True)
    return len(_PATHS)


def _ask(address: str) -> httpx.Response:
    """Its last answer, if it asks to be asked again."""
    for _ in range(_TRIES):
        answer = httpx.get(address, timeout=_SECONDS)
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
        time.sleep(int(answer.headers.get("retry-after", 1)))
    return answer
