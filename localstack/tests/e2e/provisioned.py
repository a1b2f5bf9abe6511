"""Workers of the functions, started before a crowd comes, as provisioned concurrency would be.

The emulator starts a worker for each call that finds none free, at 0.6 s of CPU and more: a crowd
that met none would wait on two cores for so long that functions end by their own timeouts.
"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, Final

from botocore.exceptions import ClientError
from embedded.stack import RunningStack

_AT_ONCE: Final = 8
_FUNCTIONS: Final = tuple(
    (domain, role) for domain in ("seating", "orders", "payments") for role in ("api", "tasks")
)


def provision(stack: RunningStack, in_flight: int) -> None:
    """Let about so many calls of each function find a worker, starting a few more at a time."""
    functions = stack.client("lambda")
    for domain, role in _FUNCTIONS:
        name = stack.names.function(domain, role)
        for calls in [*range(_AT_ONCE, in_flight, _AT_ONCE), in_flight]:
            start = Barrier(calls)
            with ThreadPoolExecutor(calls) as pool:
                for _ in range(calls):
                    pool.submit(_call_for_nothing, functions, name, start)


def _call_for_nothing(functions: Any, name: str, start: Barrier) -> None:
    """Whatever it says: no function does anything when it is given nothing."""
    start.wait()
    try:
        functions.invoke(FunctionName=name, Payload=b"{}")["Payload"].read()
    except ClientError as error:
        print(f"{name} did not start: {error}")
