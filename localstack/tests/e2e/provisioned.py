"""Workers of the functions, started before a crowd comes, as provisioned concurrency would be.

The emulator starts a worker for each call that finds none free, at 0.6 s of CPU and more: a crowd
that met none would wait on two cores for so long that functions end by their own timeouts.
"""

from concurrent.futures import ThreadPoolExecutor
from math import ceil
from threading import Barrier
from typing import Any, Final

from botocore.exceptions import ClientError
from embedded.stack import RunningStack

_AT_ONCE: Final = 8
# Of every function, how many of its calls there are beside those of the busiest ones. Each worker
# takes 75 MB.
_SHARES: Final = {
    ("seating", "api"): 1.0,
    ("seating", "tasks"): 1.0,
    ("orders", "api"): 1.0,
    ("orders", "tasks"): 0.25,
    ("payments", "api"): 0.25,
    ("payments", "tasks"): 0.5,
}


def provision(stack: RunningStack, in_flight: int) -> None:
    """Let about so many calls at once find workers, starting a few more at a time."""
    functions = stack.client("lambda")
    for (domain, role), share in _SHARES.items():
        name = stack.names.function(domain, role)
        most = ceil(in_flight * share)
        for calls in [*range(_AT_ONCE, most, _AT_ONCE), most]:
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
