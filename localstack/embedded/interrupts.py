"""Turns Ctrl-C, SIGTERM and a closed terminal into one exception, raised once."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """The user asked us to stop."""


class Interrupts:
    """Raises Stopped in the main thread at the first signal; whatever comes after it is no news.

    `make` passes a signal on that the terminal has sent us already, so it may come twice.
    """

    def __init__(self) -> None:
        self._came = False
        self._raised = False
        self._held = 0
        for number in _SIGNALS:
            signal.signal(number, self._receive)

    def _receive(self, _number: int, _frame: FrameType | None) -> None:
        self._came = True
        self._raise_if_due()

    def _raise_if_due(self) -> None:
        if self._came and not self._raised and not self._held:
            self._raised = True
            raise Stopped

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Let nothing come between two steps that belong together: to start and to note it."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
        self._raise_if_due()

    def ignore(self) -> None:
        """From now on we are stopping anyway."""
        self._raised = True
