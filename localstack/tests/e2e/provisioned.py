"""Workers of the functions, started before a crowd comes, as provisioned concurrency would be.

The emulator starts a worker for each call that finds none free, at 0.6 s of CPU: a crowd that met
none would wait on two cores for so long that functions end by their own timeouts.
"""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from e2e.client import Client
from e2e.traffic import Traffic

# Seating's, orders' with seating's tasks behind it, and payments' own.
_NOTHING = str(uuid4())
_REQUESTS = (
    ("GET", f"/v1/seats/reservations/{_NOTHING}", None, 404),
    ("POST", "/v1/orders", {"reservationId": _NOTHING}, 404),
    ("GET", f"/v1/payments?orderId={_NOTHING}", None, 200),
)


def provision(caller: Client, in_flight: int) -> None:
    """Let so many calls find a worker, never starting more than a few at a time."""
    for method, path, body, status in _REQUESTS:
        started = 0
        while started < in_flight:
            started = min(started + 8, in_flight)
            traffic = Traffic(started)
            with ThreadPoolExecutor(started) as pool:
                answers = [
                    pool.submit(traffic.send, caller, method, path, body, key=str(uuid4()))
                    for _ in range(started)
                ]
            for answer in answers:
                assert answer.result().status == status, answer.result().answer.text
