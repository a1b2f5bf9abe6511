"""The shipped definitions, filled in for a world."""

import json
from typing import Any

from infra.definitions import CALLABLE, PARKED_BOOKINGS, fill_in, read_definition, timeouts
from infra.environments import Windows


def defined(name: str, windows: Windows) -> dict[str, Any]:
    """As it is deployed, but for the names of functions, which are `<domain>-tasks`."""
    functions = {blank: f"{domain}-tasks" for blank, domain in CALLABLE.items()}
    filled = fill_in(
        read_definition(name),
        numbers=timeouts(windows),
        strings={**functions, PARKED_BOOKINGS: "parked"},
    )
    found: dict[str, Any] = json.loads(filled)
    return found
