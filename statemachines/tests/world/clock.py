"""The world's time. It stands still unless somebody sleeps or the test moves it."""

from datetime import UTC, datetime, timedelta

import time_machine

# Far ahead, because the emulator sweeps up holds that are over by the real time.
START = datetime(2096, 11, 22, 12, 0, tzinfo=UTC)


class Clock:
    """Every `datetime.now` and `time.time` of this process reads it while it is running."""

    def __init__(self) -> None:
        self._travel: time_machine.travel | None = None
        self._hands: time_machine.Traveller | None = None

    def start(self) -> None:
        """Set it to noon of the first day."""
        self.stop()
        self._travel = time_machine.travel(START, tick=False)
        self._hands = self._travel.start()

    def stop(self) -> None:
        """Time is everybody's again."""
        if self._travel is not None:
            self._travel.stop()
        self._travel = self._hands = None

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def move_to(self, at: datetime) -> None:
        """Never backwards."""
        assert self._hands is not None, "the clock is not running"
        if at > self.now:
            self._hands.move_to(at)

    def move(self, seconds: float) -> None:
        self.move_to(self.now + timedelta(seconds=seconds))
