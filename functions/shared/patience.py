"""Waiting out what passes: conflicts and throttling, and nothing that a condition has refused.

Botocore retries neither TransactionCanceledException nor TransactionConflictException by itself.
Here both are tried again with full jitter, at most six times and two seconds, and then become a
503 with Retry-After.
"""

import random
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from functions.shared.observability import logger
from functions.shared.problems import ServiceUnavailable

MAX_TRIES: Final = 6
MAX_SECONDS: Final = 2.0
_FIRST_WAIT_SECONDS: Final = 0.05

_PASSING_REASONS: Final = {
    "TransactionConflict",
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
}
_PASSING_ERRORS: Final = {
    "TransactionConflictException",
    "TransactionInProgressException",
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "InternalServerError",
    "ServiceUnavailable",
}

Answer = TypeVar("Answer")


class LeftOver(Exception):  # noqa: N818 - an answer, not an error
    """The table did part of a batch; the rest is to be sent again."""


def patiently(call: Callable[[], Answer], sleep: Callable[[float], None]) -> Answer:
    """What `call` returns, once it goes through.

    Raises ServiceUnavailable when that takes too long or nobody answers; an error that will not
    pass, a failed condition above all, comes out as botocore raised it.
    """
    deadline, waited = time.monotonic() + MAX_SECONDS, 0.0
    for tries in range(1, MAX_TRIES + 1):
        try:
            return call()
        except LeftOver:
            passing: Exception | None = None
        except ClientError as error:
            if not _passes(error):
                raise
            passing = error
        except BotoCoreError as error:
            # Timed out or cut off, after botocore's own retries.
            logger.exception("the table did not answer")
            raise ServiceUnavailable.retry_after(1, "The table did not answer.") from error
        left = min(deadline - time.monotonic(), MAX_SECONDS - waited)
        if tries == MAX_TRIES or left <= 0:
            logger.warning("the table is contended", extra={"tries": tries})
            raise ServiceUnavailable.retry_after(1, "Too many are at it.") from passing
        longest = min(_FIRST_WAIT_SECONDS * 2**tries, left)
        wait = random.uniform(0, longest)  # noqa: S311 - jitter  # nosec B311
        waited += wait
        sleep(wait)
    raise AssertionError("unreachable: the last try returns or raises")


def _passes(error: ClientError) -> bool:
    """Whether the same call may go through in a moment: nothing was refused by a condition."""
    code = error.response["Error"]["Code"]
    if code != "TransactionCanceledException":
        return code in _PASSING_ERRORS
    reasons: Any = error.response.get("CancellationReasons", [])
    codes = {reason.get("Code") for reason in reasons} - {None, "None"}
    return bool(codes) and codes <= _PASSING_REASONS
