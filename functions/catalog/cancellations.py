"""Cancelling events: begun once, carried out by a state machine, and seen through to its end.

The cancellation is committed with the event's new status. From then on whoever comes next goes on
with it: the request itself, the organizer who asks again, or the sweep each minute.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine

from functions.catalog import cancellation_store, store
from functions.catalog.announcements import Announcer, event_changed
from functions.catalog.cancellation_machine import (
    RUNNING,
    CancellationMachine,
    Progress,
    first_page,
)
from functions.catalog.domain import (
    Cancellation,
    Event,
    EventStatus,
    Pass,
    cancelled,
    pause_after,
)
from functions.shared import outbox
from functions.shared.observability import count, logger, observe_seconds
from functions.shared.postgres import transaction
from functions.shared.problems import NotFound, Problem
from functions.shared.tokens import Principal

# One that breaks off at once is not begun again at once: nobody may go round in circles.
_RUN_LASTS: Final = timedelta(minutes=1)
_MOST_A_SWEEP: Final = 50


@dataclass(frozen=True)
class Cancellations:
    engine: Engine
    machine: CancellationMachine

    def cancel(
        self,
        announcer: Announcer,
        event_id: int,
        writer: Principal,
        reason: str | None,
        now: datetime,
    ) -> Cancellation:
        """The event cancelled, and its orders about to be. Asked again, it is the same one.

        Raises NotFound, which somebody else's event is too.
        """
        organizer_id = None if writer.is_admin else writer.user_id
        told: Event | None = None
        with transaction(self.engine) as connection:
            event = store.lock_event(connection, event_id, organizer_id)
            if event is None:
                raise NotFound("There is no such event.")
            if event.status is not EventStatus.CANCELLED:
                told = store.update_event(connection, cancelled(event))
                outbox.append(connection, store.outbox, event_changed(told), now)
            cancellation_store.begin(connection, event_id, reason, now)
        if told is not None:
            # Seating first: from here on it refuses reservations and orders.
            announcer.announce(told, status_changed=True, now=now)
        try:
            self.resume(event_id, now)
        except Problem as problem:
            # It is committed; the sweep begins it within a minute.
            logger.warning("begun later", extra={"eventId": event_id, "why": problem.detail})
        return self._read(event_id)

    def read(self, event_id: int, viewer: Principal) -> Cancellation:
        """How far it has come. Raises NotFound, also for somebody else's event."""
        found = self._read(event_id)
        if not viewer.is_admin and found.organizer_id != viewer.user_id:
            raise _absent()
        return found

    def resume(self, event_id: int, now: datetime) -> str:
        """See that it runs, unless it is finished: `finished`, `running`, `started`, or `waits`
        because its last run broke off too soon.

        Raises NotFound, ServiceUnavailable.
        """
        known = self._read(event_id)
        if known.finished_at is not None:
            return "finished"
        status = self.machine.status(known)
        if status == RUNNING:
            return "running"
        if status is not None:
            if now < known.run_started_at + _RUN_LASTS:
                return "waits"
            with transaction(self.engine) as connection:
                if not cancellation_store.claim_run(connection, known, now):
                    return "running"
            known = self._read(event_id)
            logger.warning("cancellation taken up again", extra={"eventId": event_id})
        self.machine.start(known, first_page(known.last_pass.number + 1))
        return "started"

    def sweep(self, now: datetime) -> dict[str, int]:
        """Resume what stands still; how many cancellations came to what."""
        with transaction(self.engine) as connection:
            unfinished = cancellation_store.list_unfinished(connection, _MOST_A_SWEEP)
        ages = [(now - one.started_at).total_seconds() for one in unfinished]
        observe_seconds("oldest_event_cancellation_seconds", max(ages, default=0))
        return dict(Counter(self._resumed(one.event_id, now) for one in unfinished))

    def _resumed(self, event_id: int, now: datetime) -> str:
        """One that fails does not hold up the others; the next minute tries it again."""
        try:
            return self.resume(event_id, now)
        except Problem:
            logger.exception("cancellation not resumed", extra={"eventId": event_id})
            return "failed"

    def go_on(self, event_id: int, run: int, progress: Progress, now: datetime) -> int:
        """Go on in a run of its own, where this one is; the number of that run.

        Step Functions keeps 25,000 events of an execution and no more.
        """
        known = self._read(event_id)
        if known.run == run:
            with transaction(self.engine) as connection:
                cancellation_store.claim_run(connection, known, now)
            known = self._read(event_id)
        # Claimed before, perhaps by this very task: then its start may be what is missing.
        if known.run == run + 1:
            self.machine.start(known, progress | {"pages": 0})
        return known.run

    def record_pass(self, event_id: int, found: Pass) -> timedelta:
        """Write down what a pass found; how long to wait before the next."""
        with transaction(self.engine) as connection:
            cancellation_store.record_pass(connection, event_id, found)
        return pause_after(found.number)

    def finish(self, event_id: int, now: datetime) -> Cancellation:
        """A pass has found nothing open. Finished before is finished."""
        with transaction(self.engine) as connection:
            before = cancellation_store.find(connection, event_id)
            cancellation_store.finish(connection, event_id, now)
        if before is not None and before.finished_at is None:
            count("event_cancellations_total")
        return self._read(event_id)

    def _read(self, event_id: int) -> Cancellation:
        with transaction(self.engine) as connection:
            found = cancellation_store.find(connection, event_id)
        if found is None:
            raise _absent()
        return found


def _absent() -> NotFound:
    return NotFound("This event is not being cancelled.")
