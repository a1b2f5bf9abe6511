"""The state machines' definitions in `statemachines/`, and what is filled in for their blanks."""

import json
import re
from collections.abc import Mapping
from typing import Final

from infra import ROOT
from infra.environments import Windows

# Blanks for the functions a definition may call, and the domain whose tasks each stands for.
CALLABLE: Final = {
    "SeatingTasks": "seating",
    "OrdersTasks": "orders",
    "PaymentsTasks": "payments",
    "CatalogTasks": "catalog",
}
PARKED_BOOKINGS: Final = "ParkedBookings"
# Not of one order, as all others are: catalog starts it, and takes it up again if it breaks off.
CANCELLATION: Final = "event_cancellation"

_FOLDER: Final = ROOT / "statemachines"
_SUFFIX: Final = ".asl.json"
_BLANK: Final = re.compile(r"\$\{(\w+)\}")


def defined_machines() -> list[str]:
    """The names of all definitions; each becomes a state machine."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in _FOLDER.glob(f"*{_SUFFIX}"))


def read_definition(name: str) -> str:
    """A definition with its blanks, `${Name}` in a string."""
    return (_FOLDER / f"{name}{_SUFFIX}").read_text("utf-8")


def blanks(definition: str) -> set[str]:
    """The names of what a definition leaves open, and so of all it may use."""
    return set(_BLANK.findall(definition))


def timeouts(windows: Windows) -> dict[str, int]:
    """The numbers of seconds a definition may name."""
    return {
        "CollectPaymentTimeoutSeconds": windows.collect_payment_timeout_seconds,
        "BookingTimeoutSeconds": windows.booking_timeout_seconds,
        "RefundTimeoutSeconds": windows.refund_timeout_seconds,
        "SalesClosedSeconds": windows.sales_closed_seconds,
        "CancellationTimeoutSeconds": windows.cancellation_timeout_seconds,
    }


def fill_in(definition: str, *, numbers: Mapping[str, int], strings: Mapping[str, str]) -> str:
    """The definition with each blank filled in, compact; a number takes its quotes away too.

    Raises ValueError for a blank that nothing is given for.
    """
    unknown = blanks(definition) - {*numbers, *strings}
    if unknown:
        raise ValueError(f"Nothing to fill in for {', '.join(sorted(unknown))}.")
    for name, number in numbers.items():
        definition = definition.replace(f'"${{{name}}}"', str(number))
    for name, text in strings.items():
        definition = definition.replace(f"${{{name}}}", text)
    return json.dumps(json.loads(definition), separators=(",", ":"))
