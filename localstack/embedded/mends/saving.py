"""The mend of how state is written down when the emulator stops."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from ministack import app

_TRIES: Final = 50

GetState = Callable[[], Any]


def save_what_changes_meanwhile() -> None:
    """Upstream leaves a service's last state on the disk if it changes while it is copied.

    Executions and functions run on in threads of their own while the emulator stops.
    """
    upstream = app.save_all

    def save_all(services: Mapping[str, GetState]) -> None:
        upstream({name: partial(steadily, get_state) for name, get_state in services.items()})

    app.save_all = save_all


def steadily(get_state: GetState) -> Any:
    """A copy of the state, made in a moment in which it did not change."""
    for _ in range(_TRIES):
        try:
            return get_state()
        except RuntimeError:
            # "dictionary changed size during iteration" and its kin.
            time.sleep(0.01)
    return get_state()
