"""One audit from beginning to end: the stores opened, read, judged, looked at again, and closed."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from functions.audit.facts import Facts
from functions.audit.invariants import TOLERANCE, violations
from functions.audit.looking import PAUSE_SECONDS, Audited, audit
from functions.audit.reading import Stores
from functions.audit.settings import Settings, auditor, dynamodb, payments
from functions.audit.violation import Violation


class Asked(NamedTuple):
    """What an audit is to look for. `event_id`: only what names that event, and money that names
    none. `segments`: in how many parts at a time a table is read.
    """

    at_rest: bool = False
    event_id: int | None = None
    segments: int = 2
    tolerance: timedelta = TOLERANCE


def run(settings: Settings, asked: Asked) -> Audited:
    """Raises botocore's and SQLAlchemy's errors when a store can't be read."""
    session = auditor(settings)
    engine = payments(settings, session)

    def judge(facts: Facts) -> list[Violation]:
        return violations(
            facts, datetime.now(UTC), at_rest=asked.at_rest, tolerance=asked.tolerance
        )

    try:
        client = dynamodb(settings, session, connections=asked.segments)
        stores = Stores(
            client, settings.seating_table, settings.orders_table, engine, asked.segments
        )
        return audit(stores, judge, lambda: time.sleep(PAUSE_SECONDS), asked.event_id)
    finally:
        engine.dispose()


def described(violation: Violation) -> dict[str, Any]:
    """A violation as JSON."""
    return {
        "invariant": violation.invariant,
        "message": violation.message,
        "ids": violation.ids.known,
    }
