"""Starts a worker of every HTTP function, so that no first request has to wait for one."""

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


class UnhealthyError(StackError):
    """A domain can't reach its store; the message says which."""


def warm(upstream: str) -> int:
    """Ask every domain for its health, all at once; how many there are. Raises UnhealthyError.

    `upstream` is the address of the API's stage.
    """
    executor = ThreadPoolExecutor(len(_PATHS))
    try:
        for answer in executor.map(
            lambda path: httpx.get(upstream + path, timeout=_SECONDS), _PATHS
        ):
            if answer.status_code != httpx.codes.OK:
                path = answer.request.url.path
                raise UnhealthyError(f"{path} answers {answer.status_code}: {answer.text}")
    finally:
        # Not waited for when we are asked to stop: what is under way ends with the emulator.
        executor.shutdown(wait=False, cancel_futures=True)
    return len(_PATHS)
