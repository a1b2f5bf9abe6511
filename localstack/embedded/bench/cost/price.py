"""What counts come to in dollars, by the list prices that `make idle-cost` goes by, too."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from embedded.bench.cost.footprint import Footprint
from embedded.bench.sign_in import LAMBDA_SHARE
from embedded.config import REPOSITORY

PRICES: Final = REPOSITORY / "infra" / "prices.toml"
# What a function of 1 GB waits for each call of AWS or Postgres, beside its own CPU.
WAIT_SECONDS: Final = 0.005
# X-Ray's own rule: one request in twenty is traced, beside the first of each second.
TRACED: Final = 0.05
_GB: Final = 1e9

# Charged by something else that is counted: units, entries, the invocation, the transition.
_CHARGED_ELSEWHERE: Final = (
    "dynamodb.",
    "events.PutEvents",
    "lambda.Invoke",
    "stepfunctions.StartExecution",
    "stepfunctions.SendTaskSuccess",
    "stepfunctions.SendTaskFailure",
)
# A worker's, not a booking's: it reads the keys that verify tokens again every few minutes
# (`functions/shared/tokens.py`), and whoever comes just then is no dearer than the others.
_OF_THE_WORKER: Final = ("kms.GetPublicKey",)


class Part(NamedTuple):
    """So much of something, and its price."""

    name: str
    quantity: float
    usd: float


class Prices:
    """`date` and `region` are those of the list."""

    def __init__(self, listed: Mapping[str, Any]) -> None:
        self._listed = listed
        self.date = str(listed["date"])
        self.region = str(listed["region"])

    @classmethod
    def read(cls) -> "Prices":
        return cls(tomllib.loads(PRICES.read_text("utf-8")))

    def usd(self, name: str) -> float:
        return float(self._listed[name]["usd"])


def parts(footprint: Footprint, prices: Prices) -> list[Part]:
    """Every part that is paid by use, the dearest first; nothing is taken off as free.

    Raises LookupError for a call of AWS that nobody has priced.
    """
    check_priced(footprint)
    found = [
        Part(name, quantity, quantity * prices.usd(name)) for name, quantity in amounts(footprint)
    ]
    return sorted((part for part in found if part.quantity), key=lambda part: -part.usd)


def amounts(footprint: Footprint) -> Iterator[tuple[str, float]]:
    yield "rest_request", footprint.requests
    yield "transfer", footprint.answered_bytes / _GB
    yield "state_transition", footprint.transitions
    yield "write_unit", footprint.write_units
    yield "read_unit", footprint.read_units
    yield "event_sent", footprint.events
    yield "function_call", len(footprint.invocations)
    yield "function_second", seconds(footprint)
    yield "log", footprint.log_bytes / _GB
    yield "trace", TRACED * (footprint.requests + (footprint.transitions > 0))


def seconds(footprint: Footprint) -> float:
    """Of functions with 1 GB, as they would be on AWS: their share of a core, and waiting."""
    asked = footprint.calls + footprint.statements
    return footprint.cpu_seconds / LAMBDA_SHARE + asked * WAIT_SECONDS


def check_priced(footprint: Footprint) -> None:
    called = {name for one in footprint.invocations for name in one.calls}
    known = (*_CHARGED_ELSEWHERE, *_OF_THE_WORKER)
    unknown = sorted(name for name in called if not name.startswith(known))
    if unknown:
        raise LookupError(f"Nobody has said what {', '.join(unknown)} costs.")
