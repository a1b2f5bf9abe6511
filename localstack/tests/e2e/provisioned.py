"""Workers of the functions, started before a crowd comes, as provisioned concurrency would be.

The emulator starts a worker for each call that finds none free, at 0.6 s of CPU and more: a crowd
that met none would wait on two cores for so long that functions end by their own timeouts.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final
from uuid import uuid4

from e2e.client import Client, connections

_AT_ONCE: Final = 6
_ROUNDS: Final = 40
_NOTHING: Final = str(uuid4())
# Seating's; orders' with seating's tasks behind it; payments' own.
_REQUESTS: Final[tuple[tuple[str, str, dict[str, Any] | None], ...]] = (
    ("GET", f"/v1/seats/reservations/{_NOTHING}", None),
    ("POST", "/v1/orders", {"reservationId": _NOTHING}),
    ("GET", f"/v1/payments?orderId={_NOTHING}", None),
)


def provision(caller: Client, in_flight: int) -> None:
    """Let so many calls find a worker, starting a few more at a time.

    On a busy machine a worker may take longer to start than its function may run: its call fails,
    and is made again. Only then the races begin, in which none may fail.
    """
    for method, path, body in _REQUESTS:
        started, rounds = 0, 0
        while started < in_flight:
            wanted = min(started + _AT_ONCE, in_flight)
            with ThreadPoolExecutor(wanted) as pool:
                calls = [
                    pool.submit(partial(_status, caller, method, path, body)) for _ in range(wanted)
                ]
            if all(call.result() < 500 for call in calls):
                started = wanted
            rounds += 1
            assert rounds < _ROUNDS, f"{method} {path}: {[call.result() for call in calls]}"


def _status(caller: Client, method: str, path: str, body: dict[str, Any] | None) -> int:
    headers = caller.headers | {"Idempotency-Key": str(uuid4())}
    answer = connections().request(method, caller.url + path, json=body, headers=headers)
    return answer.status_code
